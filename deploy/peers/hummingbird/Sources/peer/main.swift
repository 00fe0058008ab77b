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
