# By region and UUID, or by the UUID alone in the provider's region.
terraform import srm_kosmos_cluster.edge nl-ams/00112233-4455-4677-8899-aabbccddeeff
