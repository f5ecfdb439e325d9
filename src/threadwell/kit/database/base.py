"""Base: the connection, whose statements are written by our compiler.

In:    the entry of DATABASES
Out:   `DatabaseWrapper`, by the name under which Django looks for it
Touch: the database
"""

from django.db.backends.postgresql import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "threadwell.kit.database.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
