// TransferClustering
