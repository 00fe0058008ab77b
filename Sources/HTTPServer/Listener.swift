import CSystem
import Glibc
import HTTP

/// An address a server listens on, as it was bound.
public struct BoundAddress: Sendable, Hashable, CustomStringConvertible {
  /// Numeric host, or the path of a UNIX socket.
  public let host: String
  /// Port; 0 for a UNIX socket.
  public let port: Int
  /// Scheme that clients use: `http`, `https` or `unix`.
  public let scheme: String
  /// Serves the admin handler.
  public let isAdmin: Bool

  /// `http://127.0.0.1:8080`, `https://[::1]:8443`, `unix:/run/x.sock`.
  public var description: String {
    if scheme == "unix" { return "unix:\(host)" }
    return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}

/// A listening socket.
struct Listener: Sendable {
  let descriptor: Int32
  let isAdmin: Bool
  let isSecure: Bool
  let bound: BoundAddress
  /// File to remove when listening ends.
  let unixPath: String?

  /// Binds and listens. With `shares` several sockets may share the port (SO_REUSEPORT).
  static func open(
    _ address: ListenAddress, isAdmin: Bool, isSecure: Bool, shares: Bool, backlog: Int
  ) throws(ServerError) -> Listener {
    switch address {
    case .tcp(let host, let port):
      let resolved = try SocketAddress.resolve(host: host, port: port)
      let descriptor = try socket(resolved, name: "\(host):\(port)")
      var on: Int32 = 1
      let size = socklen_t(MemoryLayout<Int32>.size)
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
      if shares { setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, size) }
      // Accepted sockets inherit it.
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
      if resolved.family == AF_INET6 {
        // `::` takes IPv4 clients too, whatever the system's default is.
        var off: Int32 = 0
        setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, size)
      }
      try listen(descriptor, at: resolved, name: "\(host):\(port)", backlog: backlog)
      var actual = SocketAddress()
      _ = actual.fill { getsockname(descriptor, $0, &$1) }
      let numeric = actual.numeric
      let bound = BoundAddress(
        host: numeric?.address.description ?? host, port: numeric?.port ?? port,
        scheme: isSecure ? "https" : "http", isAdmin: isAdmin)
      return Listener(
        descriptor: descriptor, isAdmin: isAdmin, isSecure: isSecure, bound: bound, unixPath: nil)
    case .unix(let path):
      let name = try SocketAddress.unix(path: path)
      try removeStale(path, name)
      let descriptor = try socket(name, name: path)
      try listen(descriptor, at: name, name: path, backlog: backlog)
      let bound = BoundAddress(host: path, port: 0, scheme: "unix", isAdmin: isAdmin)
      return Listener(
        descriptor: descriptor, isAdmin: isAdmin, isSecure: false, bound: bound, unixPath: path)
    }
  }

  /// Stops listening.
  func close() {
    Glibc.close(descriptor)
    if let unixPath { unlink(unixPath) }
  }

  private static func socket(
    _ address: SocketAddress, name: String
  ) throws(ServerError) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let descriptor = Glibc.socket(address.family, kind, 0)
    guard descriptor >= 0 else {
      throw .system(call: "socket", errorNumber: errno, address: name)
    }
    return descriptor
  }

  private static func listen(
    _ descriptor: Int32, at address: SocketAddress, name: String, backlog: Int
  ) throws(ServerError) {
    guard address.use({ bind(descriptor, $0, $1) }) == 0 else {
      let number = errno
      Glibc.close(descriptor)
      throw .system(call: "bind", errorNumber: number, address: name)
    }
    guard Glibc.listen(descriptor, Int32(backlog)) == 0 else {
      let number = errno
      Glibc.close(descriptor)
      throw .system(call: "listen", errorNumber: number, address: name)
    }
  }

  /// Removes the socket file of a server that is gone; one that answers is left alone.
  private static func removeStale(
    _ path: String, _ name: SocketAddress
  ) throws(ServerError) {
    var information = stat()
    guard lstat(path, &information) == 0 else { return }
    guard information.st_mode & S_IFMT == S_IFSOCK else { throw .unusablePath(path) }
    let probe = try socket(name, name: path)
    defer { Glibc.close(probe) }
    guard name.use({ connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED else {
      throw .unusablePath(path)
    }
    unlink(path)
  }
}
