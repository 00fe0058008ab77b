#include "CPostgreSQL.h"

#define LOADED_LIBRARY "libpq.so.5"
#include "CLoader.h"

// Hidden: else the library's calls to itself could arrive here.
#pragma GCC visibility push(hidden)

FORWARD(PGconn *, PQconnectdbParams,
        (const char *const *keywords, const char *const *values, int expand),
        (keywords, values, expand), NULL)
FORWARD(ConnStatusType, PQstatus, (const PGconn *connection), (connection), CONNECTION_BAD)
FORWARD(char *, PQerrorMessage, (const PGconn *connection), (connection),
        (char *)"libpq.so.5 cannot be loaded")
FORWARD(int, PQsocket, (const PGconn *connection), (connection), -1)
FORWARD(void, PQfinish, (PGconn *connection), (connection), )
FORWARD(PQnoticeProcessor, PQsetNoticeProcessor,
        (PGconn *connection, PQnoticeProcessor processor, void *context),
        (connection, processor, context), NULL)

FORWARD(PGresult *, PQexec, (PGconn *connection, const char *query), (connection, query), NULL)
FORWARD(PGresult *, PQprepare,
        (PGconn *connection, const char *name, const char *query, int count, const Oid *types),
        (connection, name, query, count, types), NULL)
FORWARD(PGresult *, PQexecPrepared,
        (PGconn *connection, const char *name, int count, const char *const *values,
         const int *lengths, const int *formats, int format),
        (connection, name, count, values, lengths, formats, format), NULL)
FORWARD(int, PQconsumeInput, (PGconn *connection), (connection), 0)
FORWARD(PGnotify *, PQnotifies, (PGconn *connection), (connection), NULL)
FORWARD(void, PQfreemem, (void *memory), (memory), )

FORWARD(ExecStatusType, PQresultStatus, (const PGresult *result), (result), PGRES_FATAL_ERROR)
FORWARD(char *, PQresultErrorField, (const PGresult *result, int field), (result, field), NULL)
FORWARD(char *, PQcmdTuples, (PGresult *result), (result), NULL)
FORWARD(int, PQntuples, (const PGresult *result), (result), 0)
FORWARD(int, PQgetisnull, (const PGresult *result, int row, int column), (result, row, column), 1)
FORWARD(int, PQgetlength, (const PGresult *result, int row, int column), (result, row, column), 0)
FORWARD(char *, PQgetvalue, (const PGresult *result, int row, int column), (result, row, column),
        NULL)
FORWARD(void, PQclear, (PGresult *result), (result), )
