// TransferClusteringAPI
