package policytest

import "strings"

// olderExposure returns objects that are older than the policies on node ports, redirects and listeners. They may
// change as long as they do not get worse.
func olderExposure() []olderObject {
	found := append(olderPorts(), olderRedirects()...)
	for _, kind := range []struct{ version, kind string }{
		{"gateway.networking.k8s.io/v1", "ListenerSet"}, {"gateway.networking.x-k8s.io/v1alpha1", "XListenerSet"},
	} {
		listeners := func(list string) string { return `{"spec":{"listeners":[` + list + `]}}` }
		const http = `{"name":"http","port":80,"protocol":"HTTP"}`
		found = append(found, olderObject{
			manifest: `{apiVersion: ` + kind.version + `, kind: ` + kind.kind + `, metadata: {name: older, ` +
				`namespace: web, finalizers: [example.com/hold]}, ` +
				`spec: {parentRef: {name: shared}, listeners: [{name: http, port: 80, protocol: HTTP}]}}`,
			recreate: refusedListeners, unrelated: allow, status: `{"status":{"conditions":[]}}`,
			changes: []change{
				{"other listener name", listeners(`{"name":"web","port":80,"protocol":"HTTP"}`), allow},
				{"other parent", `{"spec":{"parentRef":{"name":"other"}}}`, allow},
				{"added HTTPS listener", listeners(http + `,{"name":"https","port":443,"protocol":"HTTPS"}`), allow},
				{"HTTPS instead of HTTP", listeners(`{"name":"https","port":443,"protocol":"HTTPS"}`), allow},
				{"no listener", `{"spec":{"listeners":null}}`, allow},
				{"other port", listeners(`{"name":"http","port":8080,"protocol":"HTTP"}`), refusedListeners},
				{"added HTTP listener", listeners(http + `,{"name":"alt","port":8080,"protocol":"HTTP"}`),
					refusedListeners},
				{"TCP instead of HTTP", listeners(`{"name":"http","port":80,"protocol":"TCP"}`), refusedListeners},
				{"other hostname",
					listeners(`{"name":"http","port":80,"protocol":"HTTP","hostname":"app.example.org"}`),
					refusedListeners},
			},
		}, olderObject{
			manifest: `{apiVersion: ` + kind.version + `, kind: ` + kind.kind + `, metadata: {name: older, ` +
				`namespace: edge, finalizers: [example.com/hold]}, ` +
				`spec: {parentRef: {name: shared}, listeners: [{name: http, port: 80, protocol: HTTP}]}}`,
			recreate: allow, unrelated: allow, status: `{"status":{"conditions":[]}}`,
			changes: []change{
				{"other hostname",
					listeners(`{"name":"http","port":80,"protocol":"HTTP","hostname":"app.example.org"}`), allow},
				{"other port", listeners(`{"name":"http","port":8080,"protocol":"HTTP"}`), refusedListeners},
			},
		})
	}
	return found
}

func olderPorts() []olderObject {
	named := func(name, spec string) string {
		return `{apiVersion: v1, kind: Service, metadata: {name: ` + name + `, namespace: web, ` +
			`finalizers: [example.com/hold]}, spec: {selector: {app: web}, ` + spec + `}}`
	}
	ports := func(list string) string { return `{"spec":{"ports":[` + list + `]}}` }
	const load = `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`
	return []olderObject{
		{
			manifest: named("older-node-port", `type: NodePort, ports: [{name: web, port: 443, nodePort: 32501}, `+
				`{name: alt, `+
				`port: 8443}]`),
			recreate: refusedPorts, unrelated: allow, status: `{"status":{"conditions":[]}}`,
			changes: []change{
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"other targetPort", ports(`{"name":"web","port":443,"targetPort":8443},{"name":"alt","port":8443}`),
					allow},
				{"removed port", ports(`{"name":"web","port":443}`), allow},
				{"local traffic policy", `{"spec":{"externalTrafficPolicy":"Local"}}`, allow},
				{"ClusterIP", `{"spec":{"type":"ClusterIP"}}`, allow},
				{"loadBalancerClass with the same node ports",
					`{"spec":{"type":"LoadBalancer","loadBalancerClass":"example.com/metal"}}`, allow},
				{"added port",
					ports(`{"name":"web","port":443},{"name":"alt","port":8443},{"name":"new","port":9443}`),
					refusedPorts},
				{"added UDP on the same node port", ports(`{"name":"web","port":443,"nodePort":32501},` +
					`{"name":"alt","port":8443},{"name":"udp","port":443,"nodePort":32501,"protocol":"UDP"}`),
					refusedPorts},
				{"other node port",
					ports(`{"name":"web","port":443,"nodePort":32767},{"name":"alt","port":8443}`), refusedPorts},
				{"added externalIP", `{"spec":{"externalIPs":["198.51.100.7"]}}`, refusedPorts},
				{"plaintext Load Balancer", `{"spec":{"type":"LoadBalancer"}}`, refusedLB},
			},
		},
		{
			manifest: named("older-address", `externalIPs: [198.51.100.7, 198.51.100.8], ports: [{name: web, `+
				`port: 443}]`),
			recreate: refusedPorts, unrelated: allow,
			changes: []change{
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"other port", ports(`{"name":"web","port":8443}`), allow},
				{"removed externalIP", `{"spec":{"externalIPs":["198.51.100.8"]}}`, allow},
				{"no externalIPs", `{"spec":{"externalIPs":null}}`, allow},
				{"other externalIP", `{"spec":{"externalIPs":["198.51.100.7","198.51.100.9"]}}`, refusedPorts},
				{"NodePort", `{"spec":{"type":"NodePort"}}`, refusedPorts},
			},
		},
		{
			manifest: named("older-class", `type: LoadBalancer, loadBalancerClass: example.com/metal, `+
				`ports: [{name: web, port: 443}]`),
			recreate: refusedPorts, unrelated: allow, status: load,
			changes: []change{
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"NodePort with the same ports", `{"spec":{"type":"NodePort","loadBalancerClass":null}}`, allow},
				{"no node ports",
					`{"spec":{"allocateLoadBalancerNodePorts":false,"ports":[{"name":"web","port":8443}]}}`, allow},
				{"other port", ports(`{"name":"web","port":443},{"name":"alt","port":8443}`), refusedPorts},
			},
		},
		{
			manifest: `{apiVersion: v1, kind: Pod, metadata: {name: older-host-port, namespace: web, ` +
				`finalizers: [example.com/hold]}, spec: {containers: [` +
				`{name: main, image: "registry.example.org/main:1.0", ports: [{containerPort: 8443, ` +
				`hostPort: 8443}]}]}}`,
			recreate: refusedPorts, unrelated: allow, status: `{"status":{"phase":"Running"}}`,
			changes: []change{{"other image",
				`{"spec":{"containers":[{"name":"main","image":"registry.example.org/main:1.1"}]}}`, allow}},
		},
	}
}

func olderRedirects() []olderObject {
	named := func(name, annotations, spec string) string {
		return strings.Replace(ingress(`, finalizers: [example.com/hold], annotations: {`+annotations+`}`, spec),
			"name: tested", "name: "+name, 1)
	}
	annotate := func(pairs string) string { return `{"metadata":{"annotations":{` + pairs + `}}}` }
	path := func(host, at, service string) string {
		return `{"host":"` + host + `","http":{"paths":[{"path":"` + at +
			`","pathType":"Prefix","backend":{"service":{"name":"` + service + `","port":{"number":80}}}}]}}`
	}
	rules := func(list string) string { return `{"spec":{"rules":[` + list + `]}}` }
	const (
		rule   = `ingressClassName: nginx, rules: [{host: app.example.org, ` + webPaths + `}], `
		secret = `tls: [{hosts: [app.example.org, api.example.org], secretName: app-tls}]`
		off    = `"nginx.ingress.kubernetes.io/ssl-redirect":"false"`
		load   = `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`
	)
	usual := path("app.example.org", "/", "web")
	return []olderObject{
		{
			manifest: named("older-redirect", nginx+`ssl-redirect: "false"`, rule+secret), recreate: refusedIngress,
			unrelated: allow, status: load,
			changes: []change{
				{"other backend", rules(path("app.example.org", "/", "other")), allow},
				{"other spelling", annotate(`"nginx.ingress.kubernetes.io/ssl-redirect":"F"`), allow},
				{"annotation of another controller", annotate(`"haproxy.org/ssl-redirect":"off"`), allow},
				{"other class", `{"spec":{"ingressClassName":"haproxy"}}`, allow},
				{"redirect by default", annotate(`"nginx.ingress.kubernetes.io/ssl-redirect":null`), allow},
				{"forced redirect", annotate(`"nginx.ingress.kubernetes.io/force-ssl-redirect":"true"`),
					allow},
				{"added path", rules(usual + `,` + path("app.example.org", "/more", "web")), refusedIngress},
				{"added host", rules(usual + `,` + path("api.example.org", "/", "web")), refusedIngress},
				{
					"added host with the redirect",
					`{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/ssl-redirect":"true"}},` +
						`"spec":{"rules":[` + usual + `,` +
						path(
							"api.example.org",
							"/",
							"web",
						) + `]}}`,
					allow,
				},
				{"no TLS", `{"spec":{"tls":null}}`, refusedIngress},
				{"no secretName", `{"spec":{"tls":[{"hosts":["app.example.org"]}]}}`, refusedIngress},
			},
		},
		{
			manifest: named(
				"older-secure", `team: records`, rule+secret,
			), recreate: allow, unrelated: allow, status: load,
			changes: []change{
				{"other annotation", annotate(`"nginx.ingress.kubernetes.io/proxy-body-size":"8m"`), allow},
				{"added host", rules(usual + `,` + path("api.example.org", "/", "web")), allow},
				{"no redirect", annotate(off), refusedIngress},
				{"no redirect by another controller", annotate(`"ingress.cilium.io/force-https":"disabled"`),
					refusedIngress},
				{"plaintext entry point",
					annotate(`"traefik.ingress.kubernetes.io/router.entrypoints":"web"`), refusedIngress},
				{"no secretName", `{"spec":{"tls":[{"hosts":["app.example.org"]}]}}`, refusedIngress},
			},
		},
		{
			manifest: named("older-bare", `team: records`, rule+`tls: [{hosts: [app.example.org]}]`),
			recreate: refusedIngress, unrelated: allow, status: load,
			changes: []change{
				{"added secretName", `{"spec":{"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
				{"class with a default certificate", `{"spec":{"ingressClassName":"default-certificate"}}`, allow},
				{"other backend", rules(path("app.example.org", "/", "other")), allow},
				{"no redirect", annotate(off), refusedIngress},
				{"added host", `{"spec":{"rules":[` + usual + `,` + path("api.example.org", "/", "web") +
					`],"tls":[{"hosts":["app.example.org","api.example.org"]}]}}`, refusedIngress},
			},
		},
		{
			manifest: named("older-plain", `team: records`, strings.TrimSuffix(rule, ", ")), recreate: refusedIngress,
			unrelated: allow, status: load,
			changes: []change{
				{"no redirect without TLS", annotate(off), allow},
				{"added TLS without a redirect", `{"metadata":{"annotations":{` + off +
					`}},"spec":{"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
				{"added path", rules(usual + `,` + path("app.example.org", "/more", "web")), refusedIngress},
			},
		},
		{
			manifest: named("older-default", `team: records`, strings.Replace(rule, "nginx", "default-certificate",
				1)+`tls: [{hosts: [app.example.org]}]`),
			recreate: allow, unrelated: allow, status: load,
			changes: []change{
				{"other class", `{"spec":{"ingressClassName":"nginx"}}`, refusedIngress},
				{
					"other class with a secretName",
					`{"spec":{"ingressClassName":"nginx",` +
						`"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`,
					allow,
				},
			},
		},
	}
}
