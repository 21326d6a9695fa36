# By region and UUID, or by the UUID alone.
terraform import srm_hds_cluster.records fr-par/11111111-1111-1111-1111-111111111111
