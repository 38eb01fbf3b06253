# A service through its generated Python client, and which of its operations were asked.
import importlib
import json
import os
import sys

HTTP_METHODS = {"get", "put", "post", "delete"}


class Client:
    """Has every operation of a service's generated client by its name, and the models as `models`."""

    def __init__(self, name, address, token, out):
        folder = os.path.join(out, "python", "kappa_" + name)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        self.models = importlib.import_module("kappa_" + name)
        configuration = self.models.Configuration(host=address)
        configuration.access_token = token
        self.configuration = configuration
        self.generic = self.models.ApiClient(configuration)
        apis = [api for key, api in vars(self.models).items() if key.endswith("Api")]
        self.operations = {}
        for api in apis:
            for operation in (key for key in vars(api) if f"{key}_with_http_info" in vars(api)):
                self.operations[operation] = getattr(api(self.generic), operation)
        self.asked = set()

    def __getattr__(self, operation):
        self.asked.add(operation)
        return self.operations[operation]

    def refused(self, status, operation, *arguments, **options):
        """What a refusal says; it must have that status."""
        try:
            got = getattr(self, operation)(*arguments, **options)
        except self.models.ApiException as refusal:
            assert refusal.status == status, f"{operation}: {refusal.status}, expected {status}: {refusal.body}"
            return json.loads(refusal.body)
        raise AssertionError(f"{operation} was not refused with {status}: {got}")


def check_all_asked(name, description, asked):
    """Every operation of the description must have been asked, and no other."""
    described = {what["operationId"] for path in description["paths"].values()
                 for verb, what in path.items() if verb in HTTP_METHODS}
    assert described == asked, f"{name}: {sorted(described ^ asked)} are described or asked, but not both"
