import Glibc
import HTTPClient
import Testing

/// TLS of the running program, by curl and Python's ssl.
@Suite(
  .enabled(if: Program.isBuilt, "\(Program.absent)"),
  .enabled(if: TLSTools.areThere, "openssl, curl or python3 is not here"),
  .timeLimit(.minutes(2)))
struct CertificateTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func makeCertificate(_ file: String, name: String) throws {
    let made = try Spawned.run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-days", "2", "-subj", "/CN=\(name)", "-addext", "subjectAltName=DNS:localhost", "-keyout",
      path("\(file).key"), "-out", path("\(file).crt"),
    ])
    #expect(made.status == 0, "\(made.errors)")
  }

  private func serve(_ flags: [String] = []) throws -> RunningService {
    try RunningService(
      data: path("data"),
      ["--tls-certificate", path("server.crt"), "--tls-key", path("server.key")] + flags)
  }

  /// The status that curl sees.
  private func curl(_ service: RunningService, _ target: String, _ flags: [String]) throws -> String
  {
    try Spawned.run(
      [
        "curl", "-s", "--max-time", "10", "--cacert", path("server.crt"), "-o", "/dev/null", "-w",
        "%{http_code}",
      ] + flags + ["https://localhost:\(service.port)\(target)"]
    ).output.filter { !$0.isNewline }
  }

  @Test func aClientsCertificateStandsForAKey() throws {
    try makeCertificate("server", name: "server")
    try makeCertificate("alice", name: "alice")
    try makeCertificate("stranger", name: "alice")
    let made = try Program.run([
      "keys", "create", "--name", "alice", "--scope", "read", "--storage-path", path("data"),
    ])
    let id = String(made.output.split(separator: "_")[1])
    let service = try serve([
      "--tls-client-ca", path("alice.crt"), "--auth-client-names", "alice=\(id)",
    ])
    let alice = ["--cert", path("alice.crt"), "--key", path("alice.key")]
    #expect(try curl(service, "/v1/jobs", alice) == "200")
    #expect(try curl(service, "/v1/keys", alice) == "403")
    #expect(try curl(service, "/v1/jobs", []) == "401")
    #expect(try curl(service, "/livez", []) == "200")
    // The same name, signed by nobody who is trusted.
    let stranger = ["--cert", path("stranger.crt"), "--key", path("stranger.key")]
    #expect(try curl(service, "/v1/jobs", stranger) == "000")
  }

  /// Opens a connection, asks, sends SIGHUP after the certificate has changed, asks again on the
  /// same connection, and looks at the certificate of new connections until it is another.
  private static let script = """
    import os, select, signal, socket, ssl, sys
    port, pid, files = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    def connect():
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", port), timeout=10)
        return context.wrap_socket(plain)
    def ask(connection):
        connection.sendall(b"GET /livez HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
        return connection.recv(4096).split()[1].decode()
    kept = connect()
    before = kept.getpeercert(True)
    first = ask(kept)
    for new, old in zip(files[::2], files[1::2]): os.replace(new, old)
    os.kill(pid, signal.SIGHUP)
    for _ in range(200):
        other = connect()
        if other.getpeercert(True) != before: break
        other.close()
        select.select([], [], [], 0.05)
    print(first, ask(kept), ask(other), other.getpeercert(True) != before, other.version())
    """

  @Test func newCertificatesDropNoConnection() throws {
    try makeCertificate("server", name: "first")
    try makeCertificate("next", name: "second")
    let service = try serve()
    let run = try Spawned.run([
      "python3", "-c", Self.script, service.port, "\(service.process.pid)", path("next.crt"),
      path("server.crt"), path("next.key"), path("server.key"),
    ])
    #expect(run.output == "200 200 200 True TLSv1.3\n", "\(run.errors)")
  }
}

private enum TLSTools {
  static let areThere = ["openssl", "curl", "python3"].allSatisfy { name in
    ["/usr/bin/", "/usr/local/bin/"].contains { access($0 + name, X_OK) == 0 }
  }
}
