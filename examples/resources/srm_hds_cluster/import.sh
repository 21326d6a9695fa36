# By region and UUID, or by UUID only.
terraform import srm_hds_cluster.records fr-par/00112233-4455-4677-8899-aabbccddeeff
