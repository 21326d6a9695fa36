package policytest

import "github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"

// pageSentence is a statement of the guide outside of its tables, with a patched chart object and the decision on it
// under the complete configuration.
type pageSentence struct {
	text          string
	object, patch string
	expected      decision
}

// pageSentences returns the tested statements of the guide.
func pageSentences() []pageSentence {
	const (
		restored    = "A restore with the data mover creates claims without a data source, and needs no attestation."
		notAttested = `{"metadata":{"annotations":{"` + guardrails.AnnotationEncryptedSource + `":null}}}`
		challenge   = "the Ingress of a solver has no TLS, and is accepted, because its only path is " +
			"`/.well-known/acme-challenge/` and a token."
	)
	return []pageSentence{
		{"The annotation on a claim without a data source has no effect.", "records/PersistentVolumeClaim/documents",
			`{}`, allow},
		{restored, "velero/PersistentVolumeClaim/restore-20261124-m5w8c", notAttested, allow},
		{restored, "records/PersistentVolumeClaim/documents-restored", notAttested, allow},
		{challenge, "records/Ingress/cm-acme-http-solver-p8n5z", `{}`, allow},
		{challenge, "records/Ingress/cm-acme-http-solver-p8n5z",
			`{"spec":{"rules":[{"host":"portal.example.org","http":{"paths":[{"path":"/","pathType":"Prefix",` +
				`"backend":{"service":{"name":"portal","port":{"number":8443}}}}]}}]}}`, "deny " +
				guardrails.Ingresses},
		{"Do not set annotations that rewrite or redirect in its `ingressTemplate`.",
			"records/Ingress/cm-acme-http-solver-p8n5z",
			`{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/rewrite-target":"/"}}}`,
			"deny " + guardrails.Ingresses},
		{"The policies do not check IngressRoutes", "traefik/IngressRoute/traefik-dashboard",
			`{"spec":{"entryPoints":["web"],"tls":null}}`, allow},
		{"The policies check objects that Argo CD applies like objects that a user applies",
			"records/CronJob/reminders",
			`{"metadata":{"namespace":"kube-system"}}`, "deny " + guardrails.KubeSystemChanges},
		{"Omit `storageClassName`, or set it to `srm-encrypted`.",
			"monitoring/PersistentVolumeClaim/kube-prometheus-stack-grafana",
			`{"spec":{"storageClassName":null}}`, allow},
		{"Omit `storageClassName`, or set it to `srm-encrypted`.",
			"monitoring/PersistentVolumeClaim/kube-prometheus-stack-grafana",
			`{"spec":{"storageClassName":"scw-bssd"}}`, "deny " + guardrails.Claims},
		{"The RoleBinding that KEDA creates in `kube-system` is accepted",
			"kube-system/RoleBinding/keda-operator-auth-reader", `{}`, allow},
		{"The RoleBinding that KEDA creates in `kube-system` is accepted",
			"kube-system/RoleBinding/keda-operator-auth-reader",
			`{"roleRef":{"name":"system::leader-locking-kube-scheduler"}}`,
			"deny " + guardrails.KubeSystemChanges},
		{"Do not install anything in `kube-system`.", "external-dns/Deployment/external-dns",
			`{"metadata":{"namespace":"kube-system"}}`, "deny " + guardrails.KubeSystemChanges},
	}
}

// pageRows returns the rows of the guide, each with a chart object that the policies refuse without the setting.
func pageRows() []pageRow {
	const (
		passthrough   = "`" + guardrails.AnnotationPassthrough + `: "true"` + "`"
		encrypted     = "`" + guardrails.AnnotationEncryptedSource + `: "true"` + "`"
		notAttested   = `{"metadata":{"annotations":{"` + guardrails.AnnotationEncryptedSource + `":null}}}`
		noPassthrough = `{"metadata":{"annotations":{"` + guardrails.AnnotationPassthrough + `":null}}}`
		noTLS         = `{"spec":{"tls":null}}`
		inSystem      = `{"metadata":{"namespace":"kube-system"}}`
		suffix        = "-7d9c5b8f6d-0"

		balancers  = "deny " + guardrails.LoadBalancers
		disk       = "deny " + guardrails.NodeDisk
		gateways   = "deny " + guardrails.Gateways
		ingresses  = "deny " + guardrails.Ingresses
		kubeSystem = "deny " + guardrails.KubeSystemChanges
		nodePorts  = "deny " + guardrails.NodePorts
		restores   = "deny " + guardrails.Restores
		claims     = "deny " + guardrails.Claims
	)
	return []pageRow{
		{"ingress-nginx", "`tls_passthrough`: `ingress-nginx`", "ingress-nginx/Service/ingress-nginx-controller",
			"", balancers},
		{"ingress-nginx", "`controller.service.annotations`: " + passthrough,
			"ingress-nginx/Service/ingress-nginx-controller", noPassthrough, balancers},
		{"ingress-nginx", "`spec.tls` of every Ingress", "records/Ingress/portal", noTLS, ingresses},

		{"ingress-nginx", "`default_certificate_classes`: `nginx`",
			"monitoring/Ingress/kube-prometheus-stack-grafana", "",
			ingresses},
		{"ingress-nginx", "No annotation `nginx.ingress.kubernetes.io/ssl-redirect: \"false\"`",
			"records/Ingress/portal",
			`{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/force-ssl-redirect":null,` +
				`"nginx.ingress.kubernetes.io/ssl-redirect":"false"}}}`, ingresses},
		{"ingress-nginx", "`controller.service.type`: `LoadBalancer`", "ingress-nginx/Service/ingress-nginx-controller",
			`{"spec":{"type":"NodePort"}}`, nodePorts},
		{"ingress-nginx", "`controller.hostPort.enabled`: `false`",
			"ingress-nginx/Pod/ingress-nginx-controller" + suffix,
			`{"spec":{"containers":[{"name":"controller","image":"controller","ports":[{"containerPort":443,` +
				`"hostPort":443}]}]}}`,
			nodePorts},

		{"Traefik", "`tls_passthrough`: `traefik`", "traefik/Service/traefik", "", balancers},
		{"Traefik", "`node_disk.exemptions`: `traefik`", "traefik/Pod/traefik" + suffix, "", disk},
		{"Traefik", "`service.annotations`: " + passthrough, "traefik/Service/traefik", noPassthrough, balancers},
		{"Traefik", "`http_redirect`: `traefik`", "traefik/Gateway/traefik-gateway", "", gateways},

		{"Envoy Gateway", "`tls_passthrough`: `envoy-gateway-system`",
			"envoy-gateway-system/Service/envoy-edge-edge-3b1d2c4f", "", balancers},
		{"Envoy Gateway", "`EnvoyProxy`, `spec.provider.kubernetes.envoyService.annotations`: " + passthrough,
			"envoy-gateway-system/Service/envoy-edge-edge-3b1d2c4f", noPassthrough, balancers},

		{"prometheus-adapter", "`node_disk.exemptions`: `prometheus-adapter`",
			"prometheus-adapter/Pod/prometheus-adapter" + suffix, "", disk},
		{"Envoy Gateway", "`http_redirect`: `edge`", "edge/Gateway/edge", "", gateways},

		{"cert-manager", "`serviceType` of every `http01` solver: `ClusterIP`",
			"records/Service/cm-acme-http-solver-9lq4d",
			`{"spec":{"type":"NodePort"}}`, nodePorts},
		{"cert-manager", "`global.leaderElection.namespace`: `cert-manager`",
			"cert-manager/Role/cert-manager:leaderelection", inSystem, kubeSystem},

		{"kube-prometheus-stack", "`node_disk.exemptions`: `monitoring`",
			"monitoring/Pod/kube-prometheus-stack-grafana" + suffix, "", disk},
		{"kube-prometheus-stack",
			"`enabled: false` of `kubeControllerManager`, `kubeScheduler`, `kubeEtcd`, `kubeProxy`, `coreDns`",
			"monitoring/Service/kube-prometheus-stack-kube-state-metrics",
			`{"metadata":{"name":"kube-prometheus-stack-kube-scheduler","namespace":"kube-system"},` +
				`"spec":{"clusterIP":"None"}}`, kubeSystem},
		{"kube-prometheus-stack",
			"`prometheusOperator.kubeletService.namespace` and `kubelet.namespace`: `monitoring`",
			"monitoring/Service/kube-prometheus-stack-kubelet", inSystem, kubeSystem},
		{"kube-prometheus-stack", "`storageClassName` of every `volumeClaimTemplate`: omitted, or `srm-encrypted`",
			"monitoring/PersistentVolumeClaim/prometheus-kube-prometheus-stack-prometheus-db-" +
				"prometheus-kube-prometheus-stack-prometheus-0",
			`{"spec":{"storageClassName":"sbs-default"}}`, claims},
		{"kube-prometheus-stack", "`grafana.ingress.tls`", "monitoring/Ingress/kube-prometheus-stack-grafana",
			noTLS, ingresses},

		{"node-exporter", "`node_disk.exemptions`: `node-exporter`", "node-exporter/Pod/prometheus-node-exporter-0",
			"", disk},

		{"Velero", "`node_disk.exemptions`: `velero`", "velero/Pod/nightly-20261124020000-7qv2m", "", disk},
		{"Velero", "`attested_restores`: `velero`", "velero/PersistentVolumeClaim/nightly-20261124020000-7qv2m", "",
			restores},
		{"Velero", "`attested_restores`: `records`", "records/PersistentVolumeClaim/documents-from-snapshot", "",
			restores},
		{"Velero", "`backupPVC` of the node agent's ConfigMap, `annotations`: " + encrypted,
			"velero/PersistentVolumeClaim/nightly-20261124020000-7qv2m", notAttested, restores},
		{"Velero", "Annotation of claims that are backed up: " + encrypted,
			"records/PersistentVolumeClaim/documents-from-snapshot", notAttested, restores},

		{"Argo CD", "`node_disk.exemptions`: `argocd`", "argocd/Pod/argocd-repo-server" + suffix, "", disk},
		{"Argo CD", "`server.ingress.tls`: `true`", "argocd/Ingress/argocd-server", noTLS, ingresses},

		{"CloudNativePG", "`node_disk.exemptions`: `cnpg-system`", "cnpg-system/Pod/cnpg-cloudnative-pg" + suffix,
			"", disk},
		{"CloudNativePG", "`attested_restores`: `databases`", "databases/PersistentVolumeClaim/patients-2", "",
			restores},
		{"CloudNativePG", "`Cluster`, `spec.ephemeralVolumeSource`", "databases/Pod/patients-1",
			`{"spec":{"volumes":[{"name":"scratch-data","emptyDir":{}},` +
				`{"name":"pgdata","persistentVolumeClaim":{"claimName":"patients-1"}},` +
				`{"name":"shm","emptyDir":{"medium":"Memory"}}]}}`, disk},
		{"CloudNativePG", "`Cluster`, `spec.inheritedMetadata.annotations`: " + encrypted,
			"databases/PersistentVolumeClaim/patients-2", notAttested, restores},
		{"CloudNativePG", "`Cluster`, `spec.storage.storageClass`: omitted, or `srm-encrypted`",
			"databases/PersistentVolumeClaim/patients-1",
			`{"spec":{"storageClassName":"sbs-5k"}}`, claims},
		{"CloudNativePG", "No `Pooler`: a Deployment of PgBouncer, `emptyDir.medium`: `Memory`",
			"databases/Pod/pgbouncer" + suffix,
			`{"spec":{"volumes":[{"name":"scratch-data","emptyDir":{}}]}}`, disk},

		{"Secrets Store CSI driver", "`node_disk.exemptions`: `secrets-store-csi-driver`",
			"secrets-store-csi-driver/Pod/secrets-store-csi-driver-0", "", disk},
		{"Secrets Store CSI driver", "`inline_csi_drivers`: `secrets-store.csi.k8s.io`",
			"records/Pod/messaging" + suffix, "", "deny " + guardrails.PodVolumes},
		{"Secrets Store CSI driver", "Namespace of the release: not `kube-system`",
			"secrets-store-csi-driver/DaemonSet/secrets-store-csi-driver", inSystem, kubeSystem},
	}
}
