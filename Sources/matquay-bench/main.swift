print("matquay-bench")
