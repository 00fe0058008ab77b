import Foundation
import Glibc
import HTTP
import HTTPServer
import Testing

/// TLS as the programs that people use see it: curl and openssl s_client.
@Suite(.enabled(if: Commands.areThere, "the openssl and curl commands are not here"))
struct TLSTests {
  private let directory: String

  init() throws {
    directory = NSTemporaryDirectory() + "matquay-tls-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  private func path(_ name: String) -> String { "\(directory)/\(name)" }

  /// A self-signed certificate for localhost with the common name `name`.
  private func makeCertificate(_ file: String, name: String) throws {
    let made = try Commands.run(
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-days", "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost",
      "-keyout", path("\(file).key"), "-out", path("\(file).crt"))
    try #require(made.status == 0, "\(made.text)")
  }

  private func server(
    clients: String? = nil, required: Bool = false,
    _ configure: (inout ServerConfiguration) -> Void = { _ in }
  ) throws -> TestServer {
    try makeCertificate("server", name: "first")
    return try TestServer {
      configure(&$0)
      var tls = TLSConfiguration(
        certificateFile: path("server.crt"), keyFile: path("server.key"),
        clientAuthorityFile: clients.map { path($0) })
      tls.requiresClientCertificate = required
      $0.tls = tls
    }
  }

  private func curl(_ server: TestServer, _ arguments: String..., target: String) throws
    -> Commands.Result
  {
    try Commands.run(
      ["curl", "-sS", "--max-time", "10", "--cacert", path("server.crt")] + arguments
        + ["https://localhost:\(server.address.port)\(target)"])
  }

  @Test func speaksTLS12And13WithALPNAndNothingOlder() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let server = try server()
    #expect(server.address.scheme == "https")
    for version in ["1.2", "1.3"] {
      let answer = try curl(server, "--tlsv\(version)", "--tls-max", version, target: "/loop")
      #expect(answer.text == "loop")
    }
    let old = try curl(server, "--tls-max", "1.1", target: "/loop")
    #expect(old.status == 35)
    let hello = try Commands.run(
      "openssl", "s_client", "-connect", "127.0.0.1:\(server.address.port)", "-alpn", "h2,http/1.1")
    #expect(hello.text.contains("ALPN protocol: http/1.1"))
  }

  @Test func carriesLargeBodiesBothWays() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let server = try server()
    let body = String(repeating: "0123456789abcdef", count: 200_000)
    try body.write(toFile: path("body"), atomically: true, encoding: .utf8)
    let answer = try curl(
      server, "--data-binary", "@\(path("body"))", "-o", path("echo"), target: "/echo")
    #expect(answer.status == 0, "\(answer.text)")
    #expect(try String(contentsOfFile: path("echo"), encoding: .utf8) == body)
  }

  @Test func takesNewCertificatesForNewConnections() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let server = try server()
    func subject() throws -> String {
      try Commands.run(
        "openssl", "s_client", "-connect", "127.0.0.1:\(server.address.port)"
      ).text
    }
    #expect(try subject().contains("CN = first"))
    try makeCertificate("server", name: "second")
    try server.server.reloadCertificates()
    #expect(try subject().contains("CN = second"))
    try "nonsense".write(toFile: path("server.crt"), atomically: true, encoding: .utf8)
    #expect(throws: ServerError.self) { try server.server.reloadCertificates() }
    #expect(try subject().contains("CN = second"))
  }

  /// The time limit of the handshake ends with it, not with the first request.
  @Test func aConnectionMayWaitBehindItsHandshake() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let server = try server { $0.connection.headTime = 1_000 }
    let client = try TLSClient(over: TestClient(server.address))
    #expect(poll(nil, 0, 1_500) == 0)
    let socket = client.socket
    try socket.send(client.record(of: request("GET /loop")))
    #expect(try client.read().hasSuffix("loop"))
  }

  @Test func knowsItsClientsByTheirCertificates() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try makeCertificate("client", name: "alice")
    let server = try server(clients: "client.crt")
    let anonymous = try curl(server, target: "/peer")
    #expect(anonymous.text == "127.0.0.1")
    let named = try curl(
      server, "--cert", path("client.crt"), "--key", path("client.key"), target: "/peer")
    #expect(named.text == "127.0.0.1,alice,localhost")
    let strict = try self.server(clients: "client.crt", required: true)
    #expect(try curl(strict, target: "/peer").status != 0)
  }

  @Test func waitsForTheRestOfARecordWhileOthersAreServed() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let server = try server()
    let socket = try server.client()
    let client = try TLSClient(over: socket)
    let record = try client.record(of: request("GET /loop"))
    // Inside the head of the record, and inside its body.
    try socket.send(Array(record[..<3]))
    #expect(try curl(server, target: "/loop").text == "loop")
    try socket.send(Array(record[3..<20]))
    #expect(try curl(server, target: "/loop").text == "loop")
    try socket.send(Array(record[20...]))
    #expect(try client.read().hasPrefix("HTTP/1.1 200 OK"))
    // One whole record, and half of the next one with it.
    let two = try client.record(of: request("GET /loop"))
    let three = try client.record(of: request("GET /loop"))
    try socket.send(two + three[..<20])
    #expect(try client.read().hasPrefix("HTTP/1.1 200 OK"))
    #expect(try curl(server, target: "/loop").text == "loop")
    try socket.send(Array(three[20...]))
    #expect(try client.read().hasPrefix("HTTP/1.1 200 OK"))
  }

  @Test func closesClearTextAndSilentConnections() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try makeCertificate("server", name: "first")
    let server = try TestServer {
      $0.tls = TLSConfiguration(
        certificateFile: path("server.crt"), keyFile: path("server.key"))
      $0.connection.headTime = 100
    }
    let silent = try server.client()
    #expect(try silent.rest().isEmpty)
    let clear = try server.client()
    try clear.send(request("GET /loop"))
    _ = try? clear.rest()
    #expect(eventually { server.server.statistics.openConnections == 0 })
  }
}

/// Runs commands of the system.
enum Commands {
  struct Result {
    let status: Int32
    let text: String
  }

  static let areThere = ["openssl", "curl"].allSatisfy { name in
    ["/usr/bin", "/bin", "/usr/local/bin"].contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
    }
  }

  static func run(_ arguments: String...) throws -> Result {
    try run(arguments)
  }

  static func run(_ arguments: [String]) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, text: String(decoding: bytes, as: UTF8.self))
  }
}
