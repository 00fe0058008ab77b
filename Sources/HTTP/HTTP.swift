// HTTP: messages, parser, router and the handler protocol. Pure: it opens no socket and starts no
// thread, so all of it is tested from memory; HTTPServer gives it sockets.
//
// Read first: `RequestHead` (what came), `RequestHandler` (who decides), `Response` (what goes),
// then `HeadParser` and `ConnectionMachine` (how bytes become exchanges).
// Never imported here: Foundation, sockets, TLS, another room.
