import Glibc
import HTTP

/// A socket address of any family, in the system's form.
struct SocketAddress {
  private(set) var storage = sockaddr_storage()
  private(set) var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  var family: Int32 { Int32(storage.ss_family) }

  /// Address and port; nil for a UNIX socket.
  var numeric: (address: IPAddress, port: Int)? {
    withUnsafeBytes(of: storage) { raw in
      switch family {
      case AF_INET:
        let address = raw.load(as: sockaddr_in.self)
        return (
          IPAddress(v4: UInt32(bigEndian: address.sin_addr.s_addr)),
          Int(UInt16(bigEndian: address.sin_port))
        )
      case AF_INET6:
        let address = raw.load(as: sockaddr_in6.self)
        let bits = withUnsafeBytes(of: address.sin6_addr) { $0.loadUnaligned(as: UInt128.self) }
        return (
          IPAddress(v6: UInt128(bigEndian: bits)), Int(UInt16(bigEndian: address.sin6_port))
        )
      default: return nil
      }
    }
  }

  /// Who is at this address.
  func peer(isSecure: Bool) -> Peer {
    guard let (address, port) = numeric else {
      return Peer(address: "unix", port: 0, isLoopback: true, isSecure: isSecure)
    }
    return Peer(
      address: address.description, port: port, isLoopback: address.isLoopback,
      isSecure: isSecure)
  }

  /// Lets `body` fill the address in (accept, getsockname).
  mutating func fill(_ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Int32) -> Int32 {
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
    }
    length = size
    return result
  }

  /// Hands the address to a call (bind, connect).
  func use(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// The first address a host has; numeric ones need no look-up.
  static func resolve(host: String, port: Int) throws(ServerError) -> SocketAddress {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    let bare =
      host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    guard getaddrinfo(bare, String(port), &hints, &list) == 0, let first = list else {
      throw .unresolvableHost(host)
    }
    defer { freeaddrinfo(list) }
    var address = SocketAddress()
    address.length = first.pointee.ai_addrlen
    withUnsafeMutableBytes(of: &address.storage) { target in
      if let source = first.pointee.ai_addr {
        target.copyMemory(
          from: UnsafeRawBufferPointer(start: source, count: Int(first.pointee.ai_addrlen)))
      }
    }
    return address
  }

  /// The address of a UNIX socket.
  static func unix(path: String) throws(ServerError) -> SocketAddress {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: name.sun_path) else {
      throw .unusablePath(path)
    }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    var address = SocketAddress()
    address.length = socklen_t(MemoryLayout<sockaddr_un>.size)
    withUnsafeMutableBytes(of: &address.storage) { target in
      withUnsafeBytes(of: name) { target.copyMemory(from: $0) }
    }
    return address
  }
}
