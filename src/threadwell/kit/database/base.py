"""Base: the connection, whose statements are written by our compiler and schema editor.

In:    the entry of DATABASES
Out:   `DatabaseWrapper`, by the name under which Django looks for it
Touch: the database
"""

from django.db.backends.postgresql import base, operations

from threadwell.kit.database.schema import SpreadingSchemaEditor


class DatabaseOperations(operations.DatabaseOperations):
    compiler_module = "threadwell.kit.database.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    SchemaEditorClass = SpreadingSchemaEditor
