"""Database: Django's PostgreSQL, with the few statements that Citus wants in another form.

In:    what Django asks of a database backend
Out:   the backend that `DATABASES` names
Touch: nothing
"""
