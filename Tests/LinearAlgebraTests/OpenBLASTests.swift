import LinearAlgebra
import Testing

@Suite struct OpenBLASTests {
  @Test func hasNoThreadsOfItsOwn() {
    #expect(OpenBLAS.threads == 1)
  }

  @Test func namesItsKernels() {
    #expect(!OpenBLAS.coreName.isEmpty && OpenBLAS.coreName != "unknown")
  }
}
