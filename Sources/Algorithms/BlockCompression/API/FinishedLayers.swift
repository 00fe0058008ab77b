import BlockCompression
import Compute
import JSON
import LinearAlgebra
import Synchronization
import Tensors

/// The matrices of a file that are done, and where the one in work stands, kept over a crash: after
/// a restart the job goes on with that sweep.
///
/// 1. What is kept is one safetensors file: the finished outputs under `out/`, the state of the
///    matrix in work under `state/`, reports and names in the metadata.
/// 2. A finished matrix is kept at once; within a matrix a sweep is kept where `interval` has passed
///    since the last time, and twenty times what that took.
final class FinishedLayers: Sendable {
  private struct State {
    var outputs = NamedTensors()
    var reports = JSONObject()
    /// The matrix in work as it was found at the start, taken by who goes on with it.
    var found: SolutionTensors?
    var kept: ContinuousClock.Instant
    var cost = Duration.zero
  }

  private let resume: (any ResumePoint)?
  private let interval: Duration
  private let state: Mutex<State>

  init(resume: (any ResumePoint)?, interval: Duration = .seconds(5)) {
    self.resume = resume
    self.interval = interval
    var state = State(kept: ContinuousClock.now)
    if let bytes = resume?.load(),
      let (tensors, metadata) = try? Safetensors.read(SharedBytes(bytes)),
      let reports = metadata["reports"].flatMap({ (try? JSONValue.parse($0))?.objectValue })
    {
      state.reports = reports
      for (name, tensor) in tensors where name.hasPrefix("out/") {
        state.outputs[String(name.dropFirst(4))] = tensor
      }
      state.found = SolutionTensors(tensors, metadata: metadata)
    }
    self.state = Mutex(state)
  }

  var outputs: NamedTensors { state.withLock { $0.outputs } }
  var reports: JSONObject { state.withLock { $0.reports } }

  func contains(_ name: String) -> Bool { state.withLock { $0.reports.contains(name) } }

  /// Notes a finished matrix; the last one needs no keeping, for the result follows.
  func add(_ name: String, outputs: NamedTensors, report: JSONObject, isLast: Bool) {
    state.withLock { state in
      state.reports[name] = .object(report)
      for (name, tensor) in outputs { state.outputs[name] = tensor }
      state.found = nil
    }
    if !isLast { save(nil) }
  }

  /// Where solutions of the matrix of this name stood, and where to note that they go on.
  func keeper<Scalar: TensorScalar>(
    of name: String, _: Scalar.Type
  ) -> (any SolutionKeeper<Scalar>)? {
    guard resume != nil else { return nil }
    let found = state.withLock { $0.found }
    return LayerKeeper<Scalar>(
      log: self, name: name, found: found?.name == name ? found : nil)
  }

  /// Whether it is time to keep another sweep.
  fileprivate var isDue: Bool {
    state.withLock { ContinuousClock.now - $0.kept > max(interval, $0.cost * 20) }
  }

  fileprivate func save(_ solution: SolutionTensors?) {
    guard let resume else { return }
    let start = ContinuousClock.now
    let (outputs, reports) = state.withLock { ($0.outputs, $0.reports) }
    var tensors = NamedTensors()
    for (name, tensor) in outputs { tensors["out/" + name] = tensor }
    var metadata = [
      "reports": String(decoding: JSONValue.object(reports).serialized(), as: UTF8.self)
    ]
    solution?.write(into: &tensors, metadata: &metadata)
    resume.save(Safetensors.write(tensors, metadata: metadata))
    let end = ContinuousClock.now
    state.withLock { state in
      state.kept = end
      state.cost = end - start
    }
  }
}

/// Keeps the solutions of one matrix of a request.
private struct LayerKeeper<Scalar: TensorScalar>: SolutionKeeper {
  let log: FinishedLayers
  let name: String
  let found: SolutionTensors?

  func state(ofSolution number: Int) -> AlternatingState<Scalar>? {
    found?.number == number ? found?.state() : nil
  }

  func note(solution number: Int, _ state: AlternatingState<Scalar>) {
    guard log.isDue else { return }
    log.save(SolutionTensors(state, of: name, number: number))
  }
}
