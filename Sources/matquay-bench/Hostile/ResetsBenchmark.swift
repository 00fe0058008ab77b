import ArgumentParser
import Dispatch
import Glibc

/// Very many connections that end badly: afterwards the program has as many descriptors open, and
/// as much memory, as before.
struct ResetsBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resets",
    abstract: "20 000 connections with random resets and half requests: descriptors and memory.")

  @OptionGroup var options: BenchOptions

  @OptionGroup var program: ServiceProgram

  @Option(help: "Connections in all.")
  var connections = 20_000

  @Option(help: "Connections held open at a time.")
  var held = 800

  func run() throws {
    guard let target = Target(program: program.matquay) else {
      print("\(program.matquay) does not start")
      throw ExitCode(1)
    }
    // As many as will ever be open at a time, once: what they build up stays, and is no leak.
    attack(target.port, connections: min(held * 2, connections))
    _ = target.settles(connections: 1, seconds: 20)
    let before = (descriptors: target.descriptors, memory: target.residentBytes)
    let started = (target.processorSeconds, ContinuousClock.now)
    attack(target.port, connections: connections)
    let seconds = (ContinuousClock.now - started.1) / .seconds(1)
    let settled = target.settles(connections: 1, seconds: 75)
    let tally = GoodClient.Tally()
    let client = GoodClient(port: target.port, tally: tally)
    for _ in 0..<5 { client.round() }
    var figures = Figures("resets")
    figures.add("connections", Double(connections), "")
    figures.add("connections_per_second", Double(connections) / seconds, "1/s")
    figures.add("cpu", (target.processorSeconds - started.0) / Double(connections) * 1e6, "µs")
    figures.add("connections_left", settled ? 0 : 1, "")
    figures.add("descriptors_before", Double(before.descriptors), "")
    // The client above keeps one.
    figures.add("descriptors_grown", Double(target.descriptors - before.descriptors - 1), "")
    figures.add("memory_before", Double(before.memory) / 1e6, "MB")
    figures.add("memory_after", Double(target.residentBytes) / 1e6, "MB")
    figures.add("memory_growth", Double(target.residentBytes) / Double(before.memory), "×")
    figures.add("crashed", target.isAlive ? 0 : 1, "")
    figures.add("good_failures", Double(tally.failures.count), "")
    for failure in tally.failures.prefix(5) { figures.note(failure) }
    try figures.report(options)
  }

  /// Opens so many connections, holding some of them; closes all.
  private func attack(_ port: Int, connections: Int) {
    let threads = 4
    let held = held / threads
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      var open: [RawSocket] = []
      for _ in 0..<connections / threads {
        guard let socket = RawSocket(port: port, seconds: 2) else { continue }
        if Bool.random() { socket.resetOnClose() }
        Self.beginSomething(socket)
        open.append(socket)
        if open.count > held { open.remove(at: .random(in: 0..<open.count)) }
      }
    }
  }

  private static func beginSomething(_ socket: RawSocket) {
    let get = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
    let post =
      "POST /v1/algorithms/dualize/validate HTTP/1.1\r\nHost: localhost\r\n"
      + "Content-Type: application/json\r\nContent-Length: 40\r\n\r\n"
    switch Int.random(in: 0..<7) {
    case 0: break
    case 1: socket.send(String(get.prefix(Int.random(in: 1..<get.utf8.count))))
    case 2: socket.send(get)
    case 3: socket.send(get + get + String(get.prefix(20)))
    case 4: socket.send(post + "{\"inputs\":")
    case 5: socket.send(post + String(repeating: " ", count: 40))
    default:
      socket.send(post)
      socket.finish()
    }
  }
}
