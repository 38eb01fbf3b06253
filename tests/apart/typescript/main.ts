// Both workflows; prints what was asked of each service, as JSON.
import { gateway } from './gateway_workflow.js';
import { modules } from './modules_workflow.js';
import { asked } from './service.js';

await modules();
await gateway();
console.log(JSON.stringify(asked));
