import Glibc

/// The servers that are compared, started once for all scenarios. What is not there is left out.
final class ServerFleet {
  /// Bytes of the large bodies.
  static let large = 32 << 20

  /// Data of the service, files and settings; gone at the end.
  let folder = "/tmp/matquay-bench-\(getpid())"
  /// The server room with its few routes, in clear text and over TLS.
  let room: BenchServer?
  /// The same room with every request handed to a request thread.
  let handing: BenchServer?
  let secureRoom: BenchServer?
  /// The whole service.
  let service: BenchServer?
  let hummingbird: BenchServer?
  /// nginx listens for clear text on `port` and for TLS on the next one.
  let nginx: BenchServer?

  /// - Parameters:
  ///   - matquay: the service's program; beside this one where empty.
  ///   - hummingbird: the peer's program.
  init(matquay: String, hummingbird: String) {
    let folder = folder
    mkdir(folder, 0o700)
    mkdir(folder + "/nginx", 0o700)
    let file = folder + "/large"
    let certificate = folder + "/certificate.pem"
    let key = folder + "/key.pem"
    // Below those that clients are given (from 32768), where a port may not be free for a minute after
    // a client has closed its connection. Three for each process.
    let port = 20_000 + 3 * (Int(getpid()) % 4_000)
    _ = ChildProcess.start(["dd", "if=/dev/urandom", "of=\(file)", "bs=1M", "count=32"])?.finish()
    _ = ChildProcess.start([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
      "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
    ])?.finish()
    let program = ProgramFolder.path + "/matquay-bench"
    room = BenchServer("matquay", announcing: [program, "hello-server", "--file", file])
    handing = BenchServer(
      "handing", announcing: [program, "hello-server", "--file", file, "--short-closure", "0"])
    secureRoom = BenchServer(
      "matquay",
      announcing: [
        program, "hello-server", "--file", file, "--certificate", certificate, "--key", key,
      ])
    service = BenchServer(
      "service",
      announcing: [
        matquay, "serve", "--port", "0",
        "--storage-path", folder + "/data", "--log-level", "warning", "--drain-timeout", "1s",
        "--limits-requests-per-connection", "1000000000",
      ])
    self.hummingbird = BenchServer(
      "hummingbird", port: port, probe: "/hello", [hummingbird, "\(port)"])
    let settings = Self.nginxSettings(folder, port: port + 1, certificate, key)
    nginx =
      FileText.write(settings, to: folder + "/nginx.conf")
      ? BenchServer(
        "nginx", port: port + 1, probe: "/hello",
        ["nginx", "-c", folder + "/nginx.conf", "-p", folder]) : nil
  }

  /// Ends every server and removes the files.
  func end() {
    for server in [room, handing, secureRoom, service, hummingbird, nginx] {
      server?.process.stop()
    }
    _ = ChildProcess.start(["rm", "-rf", folder])?.finish()
  }

  /// nginx that answers from memory with the same body as the peer, sends the same file, and shakes
  /// hands with the same certificate; its defaults otherwise, one worker.
  private static func nginxSettings(
    _ folder: String, port: Int, _ certificate: String, _ key: String
  ) -> String {
    """
    daemon off; worker_processes 1; error_log /dev/null; pid \(folder)/nginx/pid;
    \(getuid() == 0 ? "user root;" : "")
    events { worker_connections 4096; }
    http { access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on;
      client_body_temp_path \(folder)/nginx; proxy_temp_path \(folder)/nginx;
      fastcgi_temp_path \(folder)/nginx; uwsgi_temp_path \(folder)/nginx;
      scgi_temp_path \(folder)/nginx;
      server { listen 127.0.0.1:\(port) backlog=1024; listen 127.0.0.1:\(port + 1) ssl;
        ssl_certificate \(certificate); ssl_certificate_key \(key);
        ssl_protocols TLSv1.2 TLSv1.3;
        location / { default_type application/json;
          return 200 '{"message":"hello","id":12345,"ok":true}'; }
        location = /file { default_type application/octet-stream; alias \(folder)/large; } } }
    """
  }
}
