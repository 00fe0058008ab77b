import TestSupport
import Testing

/// The request cases of `../shared/reference/http`, run against the real program.
@Suite(
  .enabled(if: Program.isBuilt, "\(Program.absent)"),
  .enabled(
    if: SharedFiles.has("reference/http/cases.json") && SharedFiles.has("tools/http_cases.py"),
    "../shared is not here"))
struct ConformanceTests {
  @Test func everyRequestCaseIsAnsweredAsItMustBe() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let cases = try #require(SharedFiles.path("reference/http/cases.json"))
    let tool = try #require(SharedFiles.path("tools/http_cases.py"))
    let run = try Spawned.run([
      "python3", tool, cases, "--port", service.port, "--get", "/livez", "--post",
      "/v1/algorithms/dualize/execution",
    ])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(run.output.contains("102 of 102 pass"))
  }
}
