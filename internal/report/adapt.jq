# Removes what only works at Scaleway. Arguments: registry (of the new host), class and shared_class (StorageClasses of
# the new host), classes (names of Scaleway's StorageClasses in the cluster), claims ("namespace/name" of claims that
# get a StorageClass of the new host, because their volume stays behind).
def is_in(list): . as $one | list | any(. == $one);
def is_scaleway_key: split("/") | length > 1 and (.[0] | test("(^|\\.)(scaleway\\.com|scw\\.cloud|scw\\.eu)$"));
def is_zone: type == "string" and test("^(fr-par|nl-ams|pl-waw|it-mil)(-[0-9])?$");
def is_placed_key: is_scaleway_key or test("instance-type$") or . == "kubernetes.io/hostname";
def is_zone_key: test("topology.kubernetes.io/(zone|region)$|failure-domain.beta.kubernetes.io/(zone|region)$");
def drop_keys: if . then with_entries(select(.key | (is_scaleway_key
    or startswith("service.beta.kubernetes.io/scw-loadbalancer-")) | not)) else . end;
def new_class: if . == null then . elif test("^(sfs|scw-fs)") then $shared_class
  elif is_in($classes) then $class else . end;
def new_image: if test("^rg\\.[a-z-]+\\.scw\\.cloud/") then sub("^rg\\.[a-z-]+\\.scw\\.cloud"; $registry) else . end;
def kept: . // [] | map(if .key | is_placed_key then empty
    elif (.key | is_zone_key) and ([.values[]? | select(is_zone)] | length > 0) then empty else . end);
def keep_expressions: map(.matchExpressions |= kept);
def is_empty_term: (.matchExpressions // []) == [] and (.matchFields // []) == [];
def adapt_node_affinity:
  (if .requiredDuringSchedulingIgnoredDuringExecution then
    .requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms |= keep_expressions
    | if any(.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[]; is_empty_term) then
      del(.requiredDuringSchedulingIgnoredDuringExecution) else . end else . end)
  | if .preferredDuringSchedulingIgnoredDuringExecution then
    .preferredDuringSchedulingIgnoredDuringExecution |= map(.preference |= ([.] | keep_expressions | .[0])
      | select(.preference | is_empty_term | not)) else . end;
def adapt_pod_affinity:
  (if .requiredDuringSchedulingIgnoredDuringExecution then .requiredDuringSchedulingIgnoredDuringExecution |=
    map(select(.topologyKey | is_scaleway_key | not)) else . end)
  | if .preferredDuringSchedulingIgnoredDuringExecution then .preferredDuringSchedulingIgnoredDuringExecution |=
    map(select(.podAffinityTerm.topologyKey | is_scaleway_key | not)) else . end;
def adapt_pod:
  (.containers[]?, .initContainers[]?) |= (.image |= new_image)
  | (if .nodeSelector then .nodeSelector |= with_entries(select(
      (.key | is_placed_key) or ((.key | is_zone_key) and (.value | is_zone)) | not)) else . end)
  | (if .tolerations then .tolerations |= map(select((.key // "") | is_scaleway_key | not)) else . end)
  | (if .topologySpreadConstraints then
      .topologySpreadConstraints |= map(select(.topologyKey | is_scaleway_key | not)) else . end)
  | (if .affinity.nodeAffinity then .affinity.nodeAffinity |= adapt_node_affinity else . end)
  | (if .affinity.podAffinity then .affinity.podAffinity |= adapt_pod_affinity else . end)
  | (if .affinity.podAntiAffinity then .affinity.podAntiAffinity |= adapt_pod_affinity else . end);
def adapt_claim:
  .spec.storageClassName |= new_class
  | (if .spec.storageClassName == null then del(.spec.storageClassName) else . end)
  | (if .metadata.annotations then del(.metadata.annotations["volume.beta.kubernetes.io/storage-class"]) else . end)
  | if .spec.dataSource.kind == "VolumeSnapshot" then del(.spec.dataSource, .spec.dataSourceRef) else . end;
def replace_claim:
  if .metadata.namespace + "/" + .metadata.name | is_in($claims) then
    .spec.storageClassName = (if .spec.accessModes | index("ReadWriteMany") then $shared_class else $class end)
    | del(.spec.selector) else . end;
def adapt_volume:
  .spec.storageClassName |= new_class
  | (if .spec.storageClassName == null then del(.spec.storageClassName) else . end)
  | if .spec.nodeAffinity.required then .spec.nodeAffinity.required.nodeSelectorTerms |= keep_expressions
    | if any(.spec.nodeAffinity.required.nodeSelectorTerms[]; is_empty_term) then del(.spec.nodeAffinity) else . end
    else . end;
def adapt_class:
  if .allowedTopologies then .allowedTopologies |= map(.matchLabelExpressions |= kept)
    | if any(.allowedTopologies[]; .matchLabelExpressions == []) then del(.allowedTopologies) else . end
  else . end;
def adapt_subjects: if .subjects then
  .subjects |= map(select(.name | test("^scaleway:(bearer|groups?):") | not)) else . end;
def adapt:
  .metadata.labels |= drop_keys | .metadata.annotations |= drop_keys
  | (if .metadata.labels == null then del(.metadata.labels) else . end)
  | (if .metadata.annotations == null then del(.metadata.annotations) else . end)
  | if .kind == "Service" and .apiVersion == "v1" then del(.spec.loadBalancerIP)
    elif .kind == "PersistentVolumeClaim" then replace_claim | adapt_claim
    elif .kind == "PersistentVolume" then adapt_volume
    elif .kind == "StorageClass" then adapt_class
    elif .kind == "Pod" and .apiVersion == "v1" then .spec |= adapt_pod
    elif .kind == "CronJob" then .spec.jobTemplate.spec.template.spec |= adapt_pod
    elif .kind | is_in(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"]) then
      .spec.template.spec |= adapt_pod
      | if .spec.volumeClaimTemplates then .spec.volumeClaimTemplates |= map(del(.status) | adapt_claim) else . end
    elif .kind | is_in(["RoleBinding", "ClusterRoleBinding"]) then adapt_subjects
    else . end;
.items |= map(adapt | select((.kind | is_in(["RoleBinding", "ClusterRoleBinding"]) | not) or (.subjects // []) != []))
