package policytest

import "strings"

// olderObject is an object that existed before the guardrails were created. It has a finalizer, like Services with the
// finalizer of the cloud controller manager.
type olderObject struct {
	manifest string
	// recreate is the decision on creating it under the guardrails.
	recreate decision
	// unrelated is the decision on changes that no policy validates. deleted is the decision on a deletion if it
	// differs.
	unrelated, deleted decision
	// status is a patch of the status, or empty if the kind has none.
	status string
	// changes are merge patches with their decisions.
	changes []change
}

type change struct {
	what     string
	patch    string
	expected decision
}

func olderObjects() []olderObject {
	const (
		loadBalancers = "deny srm-load-balancers"
		ingresses     = "deny srm-ingresses"
		gateways      = "deny srm-gateways"
		annotation    = "service.beta.kubernetes.io/scw-loadbalancer-"
	)
	annotate := func(key, value string) string { return `{"metadata":{"annotations":{"` + key + `":"` + value + `"}}}` }
	rule := func(host, path, service string) string {
		return `{"spec":{"rules":[{"host":"` + host + `","http":{"paths":[{"path":"` + path + `","pathType":"Prefix",` +
			`"backend":{"service":{"name":"` + service +
			`","port":{"number":80}}}}]}}]}}`
	}
	exactly := strings.Replace(rule("app.example.org", "/", "web"), "Prefix", "Exact", 1)
	return []olderObject{
		{
			manifest: `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: web, finalizers: [example.com/hold], annotations: {team: records}}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80}]}`,
			recreate: loadBalancers, unrelated: allow,
			status: `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`,
			changes: []change{
				{
					"added port", `{"spec":{"ports":[{"name":"http","port":80},{"name":"alt","port":8080}]}}`,
					loadBalancers,
				},
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"other zone", annotate(annotation+"zone", "nl-ams-1"), loadBalancers},
				{"zone in fr-par", annotate(annotation+"zone", "fr-par-2"), allow},
				{"HTTP without certificates", annotate(annotation+"protocol-http", "true"), allow},
				{"same port with UDP", `{"spec":{"ports":[{"name":"http","port":80},{"name":"udp","port":80,` +
					`"protocol":"UDP"}]}}`, loadBalancers},
				{"unverified backends", annotate(annotation+"http-backend-tls-skip-verify", "true"), loadBalancers},
				{"passthrough set to false", annotate("terraform-srm.github.io/tls-passthrough", "false"), allow},
				{"annotation that no policy validates", annotate(annotation+"type", "LB-GP-M"), allow},
				{"empty zone annotation", annotate(annotation+"zone", ""), allow},
				{"passthrough set to true", annotate("terraform-srm.github.io/tls-passthrough", "true"), allow},
				{
					"TLS at the Load Balancer", `{"metadata":{"annotations":{"` + annotation +
						`certificate-ids":"11111111-2222-4333-8444-555555555555","` + annotation +
						`protocol-http":"true"}}}`, allow,
				},
				{"TLS at the Load Balancer for a new port", `{"metadata":{"annotations":{"` + annotation +
					`certificate-ids":"11111111-2222-4333-8444-555555555555","` + annotation +
					`protocol-http":"true"}},"spec":{"ports":[{"name":"http","port":80},{"name":"https","port":443}]}}`,
					"warn srm-backend-tls"},
				{"no Load Balancer", `{"spec":{"type":"ClusterIP"}}`, allow},
			},
		},
		{
			manifest: `
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: web, finalizers: [example.com/hold]}
spec: {type: ClusterIP, selector: {app: web}, ports: [{name: http, port: 80}]}`,
			recreate: allow, unrelated: allow,
			changes: []change{
				{"plaintext Load Balancer", `{"spec":{"type":"LoadBalancer"}}`, loadBalancers},
				{"NodePort", `{"spec":{"type":"NodePort"}}`, refusedPorts},
			},
		},
		{
			manifest: `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: web, finalizers: [example.com/hold]}
spec: {ingressClassName: nginx, rules: [{host: app.example.org, http: {paths: [{path: /, pathType: Prefix,
  backend: {service: {name: web, port: {number: 80}}}}]}}]}`,
			recreate: ingresses, unrelated: allow,
			status: `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`,
			changes: []change{
				{"other class", `{"spec":{"ingressClassName":"traefik"}}`, allow},
				{
					"a certificate for another host",
					`{"spec":{"tls":[{"hosts":["www.example.org"],"secretName":"www-tls"}]}}`, allow,
				},
				{"other backend", rule("app.example.org", "/", "other"), allow},
				{"another path", rule("app.example.org", "/more", "web"), ingresses},
				{"other hostname", rule("www.example.org", "/", "web"), ingresses},
				{"every host", rule("", "/", "web"), ingresses},
				{
					"a default backend",
					`{"spec":{"defaultBackend":{"service":{"name":"web","port":{"number":80}}}}}`, ingresses,
				},
				{"other annotation", annotate("nginx.ingress.kubernetes.io/proxy-body-size", "8m"), allow},
				{"a certificate", `{"spec":{"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
				{"the path alone", exactly, allow},
				{"an alias", annotate("nginx.ingress.kubernetes.io/server-alias", "www.example.org"), ingresses},
				{
					"an alias of HAProxy Ingress", annotate(
						"haproxy-ingress.github.io/server-alias", "www.example.org",
					), ingresses,
				},
				{"an alias of Kong", annotate("konghq.com/host-aliases", "www.example.org"), ingresses},
				{"no alias", annotate("nginx.ingress.kubernetes.io/server-alias", ""), allow},
				{"an alias with a certificate",
					`{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/server-alias":"www.example.org"}},` +
						`"spec":{"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
			},
		},
		{
			manifest: `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: exact, namespace: web, finalizers: [example.com/hold],
  annotations: {nginx.ingress.kubernetes.io/server-alias: "www.example.org,api.example.org"}}
spec: {ingressClassName: nginx, rules: [{host: app.example.org, http: {paths: [{path: /, pathType: Exact,
  backend: {service: {name: web, port: {number: 80}}}}]}}]}`,
			recreate: ingresses, unrelated: allow,
			status: `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`,
			changes: []change{
				{"Prefix instead of Exact", rule("app.example.org", "/", "web"), ingresses},
				{
					"ImplementationSpecific instead of Exact",
					strings.Replace(exactly, "Exact", "ImplementationSpecific", 1),
					ingresses,
				},
				{"other backend", strings.Replace(exactly, `"web"`, `"other"`, 1), allow},
				{"removed alias", annotate("nginx.ingress.kubernetes.io/server-alias", "api.example.org"), allow},
				{
					"added alias", annotate(
						"nginx.ingress.kubernetes.io/server-alias", "www.example.org, more.example.org",
					), ingresses,
				},
			},
		},
		{
			manifest: `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: web, finalizers: [example.com/hold]}
spec: {gatewayClassName: cilium, listeners: [{name: http, port: 80, protocol: HTTP}]}`,
			recreate: gateways, unrelated: allow, status: `{"status":{"addresses":[{"value":"51.15.0.1"}]}}`,
			changes: []change{
				{"other port", `{"spec":{"listeners":[{"name":"http","port":8080,"protocol":"HTTP"}]}}`, gateways},
				{"other class", `{"spec":{"gatewayClassName":"other"}}`, allow},
				{"other listener name", `{"spec":{"listeners":[{"name":"web","port":80,"protocol":"HTTP"}]}}`, allow},
				{"added HTTP listener",
					`{"spec":{"listeners":[{"name":"http","port":80,"protocol":"HTTP"},{"name":"alt",` +
						`"port":8080,"protocol":"HTTP"}]}}`, gateways},
				{"added HTTPS listener",
					`{"spec":{"listeners":[{"name":"http","port":80,"protocol":"HTTP"},{"name":"tls",` +
						`"port":443,"protocol":"HTTPS"}]}}`, allow},
				{"other hostname", `{"spec":{"listeners":[{"name":"http","port":80,"protocol":"HTTP",` +
					`"hostname":"app.example.org"}]}}`, gateways},
				{
					"other plaintext protocol", `{"spec":{"listeners":[{"name":"http","port":80,"protocol":"TCP"}]}}`,
					gateways,
				},
				{"other annotation", annotate("example.com/note", "old"), allow},
				{
					"HTTPS instead of HTTP",
					`{"spec":{"listeners":[{"name":"https","port":443,"protocol":"HTTPS"}]}}`, allow,
				},
			},
		},
		{
			manifest: `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: databases, finalizers: [example.com/hold]}
spec: {storageClassName: sbs-default, accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}`,
			recreate: "deny srm-claims", unrelated: allow, status: `{"status":{"phase":"Pending"}}`,
			changes: []change{
				{"bound by a controller", `{"metadata":{"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},` +
					`"spec":{"volumeName":"pvc-1"}}`, allow},
			},
		},
		{
			manifest: `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: restored, namespace: databases, finalizers: [example.com/hold]}
spec: {storageClassName: srm-encrypted, dataSource: {kind: PersistentVolumeClaim, name: data},
  accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}`,
			recreate: "deny srm-restores", unrelated: allow, status: `{"status":{"phase":"Pending"}}`,
		},
		{
			manifest: `
apiVersion: v1
kind: PersistentVolume
metadata: {name: exports, finalizers: [example.com/hold]}
spec: {capacity: {storage: 10Gi}, accessModes: [ReadWriteMany], persistentVolumeReclaimPolicy: Retain,
  nfs: {server: nfs.example.org, path: /exports}}`,
			recreate: "deny srm-volumes", unrelated: allow, status: `{"status":{"phase":"Available"}}`,
			changes: []change{
				{"other claim", `{"spec":{"claimRef":{"namespace":"databases","name":"exports"}}}`, "deny srm-volumes"},
				{"other reclaim policy", `{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}`, allow},
			},
		},
		{
			manifest: `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast-plain, finalizers: [example.com/hold]}
provisioner: csi.scaleway.com
parameters: {iops: "15000"}`,
			recreate: "deny srm-storage-classes", unrelated: allow,
		},
		{
			manifest: `
apiVersion: v1
kind: Pod
metadata: {name: cache, namespace: web, finalizers: [example.com/hold]}
spec: {containers: [{name: main, image: registry.example.org/main:1.0}], volumes: [{name: tmp, emptyDir: {}}]}`,
			recreate: "deny srm-node-disk", unrelated: allow, status: `{"status":{"phase":"Running"}}`,
			changes: []change{
				{
					"other image",
					`{"spec":{"containers":[{"name":"main","image":"registry.example.org/main:1.1"}]}}`, allow,
				},
			},
		},
		{
			manifest: `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: postgres, namespace: databases, finalizers: [example.com/hold]}
spec:
  serviceName: postgres
  replicas: 1
  selector: {matchLabels: {app: postgres}}
  template: {metadata: {labels: {app: postgres}}, spec: {containers: [{name: main,
    image: registry.example.org/main:1.0}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: sbs-default, accessModes: [ReadWriteOnce],
    resources: {requests: {storage: 10Gi}}}}]`,
			recreate: "warn srm-claim-templates", unrelated: "warn srm-claim-templates", deleted: allow,
			status:  `{"status":{"replicas":1}}`,
			changes: []change{{"other number of replicas", `{"spec":{"replicas":0}}`, "warn srm-claim-templates"}},
		},
		{
			manifest: `
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns-custom, namespace: kube-system, finalizers: [example.com/hold]}
data: {Corefile: old}`,
			recreate: "warn srm-kube-system", unrelated: "warn srm-kube-system",
			changes: []change{{"other data", `{"data":{"Corefile":"new"}}`, "warn srm-kube-system"}},
		},
	}
}
