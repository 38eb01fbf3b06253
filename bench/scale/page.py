"""The rows on a terminal, and as a part of a page of the documentation."""

from runner.page import facts, markdown_table, table, text_table


def as_text(measured, program):
    about = "\n".join(f"{name}: {value}" for name, value in facts(program))
    return "\n\n".join([*map(text_table, [*measured.details(), table(measured.rows())]), about])


def as_markdown(measured, program):
    about = "\n".join(f"- {name}: {value}" for name, value in facts(program))
    details = "\n\n".join(map(markdown_table, measured.details()))
    return f"""## Apart, and more of them

What it costs that modules are processes of their own, and what more runners give.

{markdown_table(table(measured.rows()))}

### Apart in numbers

{details}

{about}

To repeat it, with nothing else to do for the machine:

```sh
./dev bench scale
```

### What the rows of scale mean

{measured.explanation()}
"""
