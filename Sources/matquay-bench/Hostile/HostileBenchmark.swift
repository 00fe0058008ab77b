import ArgumentParser
import Dispatch
import Glibc
import Synchronization

/// Good and hostile traffic at once, for as long as wanted: nothing may crash, grow, or fail for
/// those who ask properly.
struct HostileBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hostile",
    abstract: "Mixed good and hostile traffic: half requests, resets, slow senders, deaf readers, "
      + "bad framing, bombs.")

  @OptionGroup var options: BenchOptions

  @OptionGroup var program: ServiceProgram

  @Option(help: "How long.")
  var seconds = 20

  @Option(help: "Hostile clients at a time; each holds up to 50 connections open.")
  var hostile = 4

  @Option(help: "Good clients at a time.")
  var good = 2

  @Option(help: "Pause of a good client between rounds of five requests, in milliseconds.")
  var pause = 20

  /// Caches of 4 MB and results of 20 s are full, and give up as much as they take, when measuring
  /// begins: what grows after that is no cache, and what they hold is cut down under fire.
  private static let settings = [
    "--cache-max-bytes", "4MB", "--cache-part-bytes", "4MB", "--retention-results", "20s",
    "--retention-jobs", "20s",
  ]

  /// Until the caches are full.
  private static let warmingSeconds = 40

  func run() throws {
    guard let target = Target(program: program.matquay, settings: Self.settings) else {
      print("\(program.matquay) does not start")
      throw ExitCode(1)
    }
    // What the first requests build up is no growth; nor are the store's connections for reading,
    // which open when several requests read at once.
    let warming = GoodClient.Tally()
    let port = target.port
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      let first = GoodClient(port: port, tally: warming)
      for _ in 0..<50 { first.round() }
    }
    for attack in Attack.allCases { _ = attack.run(port: target.port) }
    let before = (target.descriptors, target.residentBytes)
    let tally = GoodClient.Tally()
    let attacks = Count()
    _ = traffic(target, warming, Count(), seconds: Self.warmingSeconds)
    let memory = traffic(target, tally, attacks, seconds: seconds)
    let settled = target.settles(connections: 2, seconds: 75)
    let quarter = max(1, memory.count / 4)
    var figures = Figures("hostile")
    figures.add("good_requests", Double(tally.requests), "")
    figures.add("good_failures", Double(tally.failures.count + warming.failures.count), "")
    figures.add("attacks", Double(attacks.value), "")
    figures.add("crashed", target.isAlive ? 0 : 1, "")
    figures.add("connections_left", settled ? 0 : 1, "")
    figures.add("descriptors_before", Double(before.0), "")
    figures.add("descriptors_grown", Double(target.descriptors - before.0), "")
    figures.add("memory_before", Double(before.1) / 1e6, "MB")
    figures.add("memory_peak", (memory.max() ?? 0) / 1e6, "MB")
    figures.add("memory_first_quarter", Array(memory.prefix(quarter)).median / 1e6, "MB")
    figures.add("memory_last_quarter", Array(memory.suffix(quarter)).median / 1e6, "MB")
    figures.add(
      "memory_growth",
      Array(memory.suffix(quarter)).median / Array(memory.prefix(quarter)).median, "×")
    figures.add("memory_after", Double(target.residentBytes) / 1e6, "MB")
    for failure in (warming.failures + tally.failures).prefix(10) { figures.note(failure) }
    figures.note("\(seconds) s, \(hostile) hostile and \(good) good clients at a time")
    try figures.report(options)
  }

  /// Runs everybody; returns the memory of the program, twice a second.
  private func traffic(
    _ target: Target, _ tally: GoodClient.Tally, _ attacks: Count, seconds: Int
  ) -> [Double] {
    let end = ContinuousClock.now + .seconds(seconds)
    let port = target.port
    let pause = Int32(clamping: pause)
    let group = DispatchGroup()
    for _ in 0..<good {
      DispatchQueue(label: "good").async(group: group) {
        let client = GoodClient(port: port, tally: tally)
        while ContinuousClock.now < end {
          client.round()
          poll(nil, 0, pause)
        }
      }
    }
    for _ in 0..<hostile {
      DispatchQueue(label: "hostile").async(group: group) {
        var held: [RawSocket] = []
        while ContinuousClock.now < end {
          if let socket = Attack.allCases.randomElement()?.run(port: port) { held.append(socket) }
          attacks.add()
          if held.count > 50 { held.remove(at: .random(in: 0..<held.count)) }
        }
      }
    }
    var memory: [Double] = []
    while ContinuousClock.now < end, target.isAlive {
      memory.append(Double(target.residentBytes))
      poll(nil, 0, 500)
    }
    group.wait()
    return memory
  }
}

/// A number that several threads raise.
final class Count: Sendable {
  private let count = Atomic<Int>(0)

  func add() { count.add(1, ordering: .relaxed) }
  var value: Int { count.load(ordering: .relaxed) }
}
