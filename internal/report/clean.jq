# Keeps what an export takes, and removes what the cluster wrote itself.
def system_namespaces: ["kube-system", "kube-public", "kube-node-lease"];
def installed_groups: ["cilium.io", "crd.projectcalico.org", "snapshot.storage.k8s.io"];
def is_in(list): . as $one | list | any(. == $one);
def is_scaleway_driver: test("(^|\\.)(scaleway\\.com|scw\\.cloud|scw\\.eu)$");
def is_portable:
  .metadata as $m | ($m.labels // {}) as $labels | ($m.annotations // {}) as $annotations
  | ([$m.ownerReferences[]? | select(.controller)] | length == 0)
  and ($m.namespace // "" | is_in(system_namespaces) | not)
  and ($m.name | startswith("system:") or startswith("scaleway:") | not)
  and (($labels["kubernetes.io/bootstrapping"] // "") == "")
  and $labels["app.kubernetes.io/managed-by"] != "terraform-provider-srm"
  and (if .kind == "Namespace" then $m.name != "default" and ($m.name | is_in(system_namespaces) | not)
    elif .kind == "ServiceAccount" then $m.name != "default"
    elif .kind == "Service" and .apiVersion == "v1" then $m.namespace + "/" + $m.name != "default/kubernetes"
    elif .kind == "ConfigMap" then $m.name != "kube-root-ca.crt"
    elif .kind == "Secret" then
      $labels.owner != "helm" and ($annotations["kubernetes.io/service-account.name"] // "") == ""
    elif .kind == "CustomResourceDefinition" then .spec.group | is_in(installed_groups) | not
    elif .kind == "PriorityClass" then $m.name | startswith("system-") | not
    elif .kind == "PersistentVolume" then ($annotations["pv.kubernetes.io/provisioned-by"] // "") == ""
      and .spec.hostPath == null and .spec.local == null and (.spec.csi.driver // "" | is_scaleway_driver | not)
    elif .kind == "StorageClass" then .provisioner | is_scaleway_driver | not
    elif .kind | is_in(["FlowSchema", "PriorityLevelConfiguration"]) then
      ($annotations["apf.kubernetes.io/autoupdate-spec"] // "") == ""
    else true end);
def drop_annotations(keys): if .metadata.annotations then .metadata.annotations |= with_entries(
    select(.key | is_in(keys) | not)) else . end;
def clean:
  del(.status, .metadata.uid, .metadata.resourceVersion, .metadata.generation, .metadata.creationTimestamp,
    .metadata.managedFields, .metadata.selfLink, .metadata.ownerReferences, .metadata.finalizers,
    .metadata.deletionTimestamp, .metadata.deletionGracePeriodSeconds)
  | drop_annotations(["kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision",
    "pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller",
    "volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/selected-node"])
  | if .kind == "Namespace" then del(.spec) | del(.metadata.labels["kubernetes.io/metadata.name"])
    elif .kind == "Service" and .apiVersion == "v1" then
      (if .spec.clusterIP == "None" then . else del(.spec.clusterIP, .spec.clusterIPs) end)
      | del(.spec.ipFamilies, .spec.ipFamilyPolicy, .spec.healthCheckNodePort)
      | if .spec.type == "LoadBalancer" then del(.spec.ports[]?.nodePort) else . end
    elif .kind == "PersistentVolumeClaim" then del(.spec.volumeName)
    elif .kind == "PersistentVolume" and .spec.claimRef then
      del(.spec.claimRef.uid, .spec.claimRef.resourceVersion)
    elif .kind == "ServiceAccount" then del(.secrets)
    elif .kind == "Job" and (.spec.manualSelector | not) then
      del(.spec.selector) | (.metadata.labels, .spec.template.metadata.labels) |= (if . then
        del(.["controller-uid"], .["job-name"], .["batch.kubernetes.io/controller-uid"],
          .["batch.kubernetes.io/job-name"]) else . end)
    elif .kind == "Pod" then del(.spec.nodeName)
      | ([.spec.volumes[]?.name | select(startswith("kube-api-access-"))]) as $generated
      | (if .spec.volumes then .spec.volumes |= map(select(.name | is_in($generated) | not)) else . end)
      | (.spec.containers[]?, .spec.initContainers[]?) |= (if .volumeMounts then
          .volumeMounts |= map(select(.name | is_in($generated) | not)) else . end)
    elif .kind == "ClusterRole" and .aggregationRule then .rules = []
    else . end;
{apiVersion: "v1", kind: "List", items: [.items[] | select(is_portable) | clean]}
