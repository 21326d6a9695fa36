# By region and UUID, or by UUID only in the provider's region.
terraform import srm_kosmos_cluster.edge nl-ams/00112233-4455-4677-8899-aabbccddeeff
