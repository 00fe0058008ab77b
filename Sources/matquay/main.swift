print("matquay")
