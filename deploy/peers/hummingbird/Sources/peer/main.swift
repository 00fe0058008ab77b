import Hummingbird
import Logging

/// What the route answers.
struct Hello: ResponseEncodable {
  var message = "hello"
  var id = 12345
  var ok = true
}

let router = Router()
router.get("hello") { _, _ in Hello() }
// Collects what is posted, as a decoder of tensors would want it, and says how much it was.
router.post("body") { request, _ in
  let body = try await request.body.collect(upTo: 256 << 20)
  return String(body.readableBytes)
}
let port = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 8081
var logger = Logger(label: "peer")
logger.logLevel = .error
let application = Application(
  router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
  onServerRunning: { _ in
    // The benchmark waits for this line.
    print("listening")
    fflushOutput()
  }, logger: logger)
try await application.runService()
