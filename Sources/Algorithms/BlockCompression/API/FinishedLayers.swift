import Compute
import JSON
import Tensors

/// The matrices of a file that are done, kept over a crash: after a restart the job goes on with the
/// next one.
struct FinishedLayers {
  var outputs = NamedTensors()
  private(set) var reports = JSONObject()
  private let resume: (any ResumePoint)?

  init(resume: (any ResumePoint)?) {
    self.resume = resume
    guard let state = resume?.load(),
      let (tensors, metadata) = try? Safetensors.read(SharedBytes(state)),
      let text = metadata["reports"],
      let reports = (try? JSONValue.parse(text))?.objectValue
    else { return }
    outputs = tensors
    self.reports = reports
  }

  func contains(_ name: String) -> Bool { reports.contains(name) }

  /// Notes a finished matrix; the last one needs no keeping, for the result follows.
  mutating func add(report: JSONObject, for name: String, isLast: Bool) {
    reports[name] = .object(report)
    guard let resume, !isLast else { return }
    let text = String(decoding: JSONValue.object(reports).serialized(), as: UTF8.self)
    resume.save(Safetensors.write(outputs, metadata: ["reports": text]))
  }
}
