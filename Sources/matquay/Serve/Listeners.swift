import HTTP
import HTTPServer
import Service
import Settings

/// What the settings say of the listening sockets.
enum Listeners {
  static func configuration(_ settings: ServiceSettings) -> ServerConfiguration {
    var configuration = ServerConfiguration(
      addresses: [.tcp(host: settings.server.host, port: settings.server.port)])
    if let path = settings.server.unixSocket { configuration.addresses.append(.unix(path: path)) }
    if let port = settings.admin.port {
      configuration.adminAddresses = [.tcp(host: settings.admin.host, port: port)]
    }
    if let certificate = settings.tls.certificate, let key = settings.tls.key {
      configuration.tls = TLSConfiguration(
        certificateFile: certificate, keyFile: key, clientAuthorityFile: settings.tls.clientCA)
    }
    configuration.ioLoops = settings.server.ioLoops
    configuration.requestThreads = settings.server.requestThreads
    let limits = settings.limits
    configuration.maximumBody = limits.body
    configuration.maximumDecodedBody = limits.decodedBody
    configuration.maximumDecodingRatio = limits.decodeRatio
    configuration.maximumBodyMemory = limits.bodiesInFlight
    configuration.maximumConnections = limits.connections
    configuration.maximumConnectionsPerAddress = limits.connectionsPerAddress
    configuration.connection.head.requestLine = limits.requestLine
    configuration.connection.head.head = limits.head
    configuration.connection.head.fields = limits.fields
    configuration.connection.chunks.extensionsOfOne = limits.chunkExtension
    configuration.connection.chunks.extensionsOfAll = limits.chunkExtensions
    configuration.connection.chunks.trailers = limits.trailers
    configuration.connection.headTime = limits.headTime.wholeMilliseconds
    configuration.connection.bodyStall = limits.bodyIdle.wholeMilliseconds
    configuration.connection.bodyRate = limits.bodyRate
    configuration.connection.idleTime = limits.keepAliveIdle.wholeMilliseconds
    configuration.connection.writeStall = limits.writeStall.wholeMilliseconds
    configuration.connection.requests = limits.requestsPerConnection
    return configuration
  }

  /// Refuses an address that others reach while nothing says who may call.
  static func checkReach(_ settings: ServiceSettings, hasKeys: Bool) throws(StartFailure) {
    guard !hasKeys, !settings.auth.insecureNoAuth else { return }
    var hosts = [settings.server.host]
    if settings.admin.port != nil { hosts.append(settings.admin.host) }
    for host in hosts where !isLoopback(host) {
      throw StartFailure(
        "refusing to listen on \(host) without keys: everyone who reaches it could do everything. "
          + "Make a key (matquay keys create), give auth.keys_file, listen on 127.0.0.1, or say "
          + "--insecure-no-auth", isConfiguration: true)
    }
  }

  /// 127.0.0.0/8, ::1 and localhost.
  private static func isLoopback(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    if parts.count == 4, parts[0] == "127" { return parts.allSatisfy { UInt8($0) != nil } }
    return ["::1", "[::1]", "localhost"].contains(host.lowercased())
  }
}

extension Duration {
  /// Rounded down, at least 0 and at most what 64 bits hold.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    return overflow ? .max : max(0, whole + attoseconds / 1_000_000_000_000_000)
  }
}
