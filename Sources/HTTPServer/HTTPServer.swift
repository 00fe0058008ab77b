// HTTPServer: sockets, TLS, content coding and time limits around the pure machine of HTTP.
//
// Read first: `Server` (start, drain, stop), `EventLoop` (one epoll loop and its connections) and
// `Connection` (one socket driven by a `ConnectionMachine`).
// Never imported here: Service, Jobs, Foundation.
//
// Threads: a loop and its connections are touched by the thread that leads the loop alone. Others
// reach it through its `Mailbox`. Request threads (`RequestPool`) run handlers' closures, but for the
// short ones, which the leader runs itself (`LoopLead`).
