import {
  to = srm_hds_cluster.records
  identity = {
    id = "11111111-1111-1111-1111-111111111111"
  }
}
