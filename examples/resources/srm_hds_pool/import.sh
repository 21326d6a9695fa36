# By region and UUID, or by UUID only: pools of HDS clusters are always in fr-par.
terraform import srm_hds_pool.workers fr-par/00112233-4455-4677-8899-aabbccddeeff
