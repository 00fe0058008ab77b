import ArgumentParser
import Glibc

/// What connections cost that are kept open and do nothing.
enum IdleConnections {
  /// Opens `count` connections, each of which has had one answer, and measures what the server's
  /// own memory has grown by.
  ///
  /// - Returns: bytes for each connection.
  static func cost(of server: BenchServer, path: String, count: Int) throws -> Double {
    raiseDescriptorLimit()
    let head = "GET \(path) HTTP/1.1"
    // Code, allocator and buffers are warm before anything is measured.
    var warm: [BulkClient] = []
    for _ in 0..<100 { warm.append(try asked(server, head)) }
    warm.removeAll()
    let before = try memory(of: server)
    var clients: [BulkClient] = []
    clients.reserveCapacity(count)
    for _ in 0..<count { clients.append(try asked(server, head)) }
    let after = try memory(of: server)
    return withExtendedLifetime(clients) { Double(after - before) / Double(count) }
  }

  private static func asked(_ server: BenchServer, _ head: String) throws -> BulkClient {
    guard let client = BulkClient(port: server.port), client.exchange(head) != nil else {
      print("\(server.name): an idle connection was refused")
      throw ExitCode(1)
    }
    return client
  }

  /// Anonymous memory of the process and its children.
  private static func memory(of server: BenchServer) throws -> Int {
    let own = server.process.memory?.anonymous ?? 0
    guard own > 0 else { throw ExitCode(1) }
    return own
  }

  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
