import Dispatch
import Glibc
import HTTPClient
import JSON
import Synchronization
import Tensors

/// Callers that submit small jobs one after the other, each until it is acknowledged: by another
/// replica where one is away, always under the same idempotency key.
final class SubmissionLoad: Sendable {
  private struct State {
    var next = 0
    var acknowledged: [String] = []
    var surprises: [String] = []
  }

  private let count: Int
  private let addresses: [ReplicaAddress]
  private let client = BlockingClient()
  private let state = Mutex(State())
  /// Set while too many jobs wait: what is measured is crashes, not the length of the queue.
  private let isHeld = Atomic(false)
  private let isEnding = Atomic(false)
  private let lanes = DispatchGroup()
  /// A matrix that takes some milliseconds, so that kills meet running jobs.
  private let matrix: [UInt8]

  init(count: Int, addresses: [ReplicaAddress]) {
    self.count = count
    self.addresses = addresses
    var random = SystemRandomNumberGenerator()
    let side = 160
    matrix = NPY.write(
      Tensor(
        shape: [side, side],
        float64: (0..<side * side).map { _ in Double.random(in: -1...1, using: &random) }))
  }

  var acknowledged: [String] { state.withLock { $0.acknowledged } }
  var acknowledgedCount: Int { state.withLock { $0.acknowledged.count } }
  /// Answers that nobody should get.
  var surprises: [String] { state.withLock { $0.surprises } }

  func start(lanes number: Int) {
    let queue = DispatchQueue(label: "load", attributes: .concurrent)
    for _ in 0..<number { queue.async(group: lanes) { [self] in submitAll() } }
  }

  func hold(_ isOn: Bool) { isHeld.store(isOn, ordering: .relaxed) }

  /// Gives up what is not acknowledged, and waits for the callers.
  func end() {
    isEnding.store(true, ordering: .relaxed)
    lanes.wait()
  }

  /// Waits until everything is acknowledged.
  func finish() { lanes.wait() }

  private func submitAll() {
    while let number = take() {
      while !isEnding.load(ordering: .relaxed), !submit(number) { usleep(3000) }
    }
  }

  private func take() -> Int? {
    while isHeld.load(ordering: .relaxed), !isEnding.load(ordering: .relaxed) { usleep(5000) }
    return state.withLock { state in
      guard state.next < count, !isEnding.load(ordering: .relaxed) else { return nil }
      state.next += 1
      return state.next
    }
  }

  /// True once it is acknowledged, or refused for good.
  private func submit(_ number: Int) -> Bool {
    guard let url = addresses.randomElement()?.url else { return false }
    let isHeavy = number % 20 == 0
    let path =
      "/v1/algorithms/dualize/execution" + (isHeavy ? "?method=exact&seed=\(number)" : "")
    let small = #"{"seed":\#(number),"inputs":{"gradient":[[3,0,1],[0,0.5,2]]}}"#
    let request = ClientRequest(
      "POST", url + path,
      fields: [
        ("Content-Type", isHeavy ? "application/x-npy" : "application/json"),
        ("Prefer", "respond-async"), ("Idempotency-Key", "crash-\(number)"),
      ],
      body: .bytes(isHeavy ? matrix : Array(small.utf8)), timeout: .seconds(10),
      connectTimeout: .seconds(2))
    guard let reply = try? client.send(request) else { return false }
    switch reply.status {
    case 200, 202:
      let document = reply.status == 202 ? try? JSONValue.parse(reply.body) : nil
      let id = reply["X-Job-Id"] ?? document?["id"]?.stringValue
      state.withLock { state in
        if let id {
          state.acknowledged.append(id)
        } else {
          state.surprises.append("no id in \(reply.text)")
        }
      }
      return true
    // Being read by a replica, the queue is full, the store is away.
    case 409, 503: return false
    default:
      state.withLock { $0.surprises.append("\(reply.status) \(reply.text)") }
      return true
    }
  }
}
