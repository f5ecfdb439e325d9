"""Commands: what people and programs may ask of Threadwell in a shell; one module per command.

In:    a parser to fill (`configure`), then its arguments (`run`)
Out:   an exit status; words on standard output
Touch: what the command says

The first line of a module's docstring is the command's help; underscores in its name become dashes.
"""

#: These work anywhere: without a database, without settings.
WITHOUT_DATABASE = frozenset({"inspect", "evaluate", "copy-blobs"})
