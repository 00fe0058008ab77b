import HTTP
import HTTPServer
import Service
import Settings

/// What the settings say of the listening sockets.
enum Listeners {
  static func configuration(
    _ settings: ServiceSettings, _ proxies: TrustedProxies
  ) -> ServerConfiguration {
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
    configuration.trustedProxies = proxies
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

  /// The proxies that are believed.
  static func proxies(_ settings: ServiceSettings) throws(StartFailure) -> TrustedProxies {
    do throws(TrustedProxies.Unreadable) {
      return try TrustedProxies(settings.server.trustedProxies)
    } catch {
      throw StartFailure(
        "server.trusted_proxies: expected addresses, networks such as 10.0.0.0/8, or unix, not "
          + "\"\(error.member)\"", isConfiguration: true)
    }
  }

  /// Without keys everyone may do everything: nobody but this machine reaches the service, or the
  /// operator said so.
  static func mayBeOpen(_ settings: ServiceSettings) -> Bool {
    settings.auth.insecureNoAuth || reachableHosts(settings).isEmpty
  }

  /// Addresses to listen on that others reach.
  private static func reachableHosts(_ settings: ServiceSettings) -> [String] {
    let hosts = [settings.server.host] + (settings.admin.port == nil ? [] : [settings.admin.host])
    return hosts.filter { !isLoopback($0) }
  }

  /// Refuses an address that others reach while nothing says who may call.
  static func checkReach(_ settings: ServiceSettings, hasKeys: Bool) throws(StartFailure) {
    guard !hasKeys, !mayBeOpen(settings), let host = reachableHosts(settings).first else { return }
    throw StartFailure(
      "refusing to listen on \(host) without keys: everyone who reaches it could do everything. "
        + "Make a key (matquay keys create), give auth.keys_file, listen on 127.0.0.1, or say "
        + "--insecure-no-auth", isConfiguration: true)
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
