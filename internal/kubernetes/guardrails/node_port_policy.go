package guardrails

// hostPortsExpr returns a CEL expression for the names of the containers of a pod that open a port of its node. In the
// host network, hostPort has no meaning: the API server sets it to containerPort. A port on a loopback address of the
// node is only accessible from the node.
func hostPortsExpr(pod string) string {
	return expand(`(has({pod}.hostNetwork) && {pod}.hostNetwork ? [] : `+
		`((has({pod}.containers) ? {pod}.containers : []) + `+
		`(has({pod}.initContainers) ? {pod}.initContainers : []))`+
		`.filter(c, has(c.ports) && c.ports.exists(p, has(p.hostPort) && p.hostPort != 0 && `+
		`!(has(p.hostIP) && (p.hostIP.startsWith('127.') || p.hostIP == '::1')))).map(c, c.name))`, "pod", pod)
}

// protocolSuffixExpr returns a CEL expression for the protocol of a Service port as a suffix of its number, or "" for
// TCP.
func protocolSuffixExpr(port string) string {
	return expand(`(has({p}.protocol) && {p}.protocol != 'TCP' ? '/' + string({p}.protocol) : '')`, "p", port)
}

const hostPortMessage = `"HDS-ENC-01: containers open a port of their node, which bypasses the Load Balancer and its ` +
	`TLS (NET-03): " + variables.hostPorts.join(', ') + ". Remove hostPort and use a Service to reach the pods."`

// nodePortPolicy validates ports that are open on nodes. Scaleway's cloud controller manager (CCM) sends the traffic of
// a Load Balancer to the node ports of its Service, so this policy ignores those node ports. The CCM ignores a Service
// with a loadBalancerClass. No Scaleway Load Balancer needs the node ports of such a Service, so this policy validates
// them. Ports that were open before the guardrails were created may stay open.
func (s Settings) nodePortPolicy() policy {
	ports := `(variables.service && has({o}.type) && has({o}.ports) && ` +
		`({o}.type == 'NodePort' || {o}.type == 'LoadBalancer' && has({o}.loadBalancerClass)) ? ` +
		`{o}.ports.filter(p, has(p.nodePort) && p.nodePort != 0 || {o}.type == 'NodePort').map(p, ` +
		`string(has(p.nodePort) ? int(p.nodePort) : 0) + ` + protocolSuffixExpr("p") + `) : [])`
	addresses := `(variables.service && has({o}.externalIPs) ? {o}.externalIPs : [])`
	return policy{
		name: NodePorts, operations: onChange(), rule: s.NodePorts, resources: inGroup("", "pods", "services"),
		conditions: []namedExpression{
			notDeleting(),
			{"changed", `oldObject == null || request.kind.kind == 'Service' && object.spec != oldObject.spec`},
			// The policy skips managed add-ons, whose pods are created by controllers of the cluster.
			{"not-a-component",
				expand(`request.namespace != {system} || request.kind.kind == 'Service' && !{component}`,
					"system", celString(KubeSystem), "component", s.isComponentExpr())},
		},
		variables: []namedExpression{
			{"service", `request.kind.kind == 'Service'`},
			{"new", `dyn(object).spec`},
			{"old", `oldObject == null ? dyn({}) : dyn(oldObject).spec`},
			{"newPorts", expand(ports, "o", "variables.new")},
			{"oldPorts", expand(ports, "o", "variables.old")},
			{"newAddresses", expand(addresses, "o", "variables.new")},
			{"oldAddresses", expand(addresses, "o", "variables.old")},
			{"hostPorts", `variables.service ? [] : ` + hostPortsExpr("variables.new")},
		},
		validations: []validation{
			notWorse("Ports",
				"HDS-ENC-01: the Service opens ports on every node, which bypass the Load Balancer and its TLS "+
					"(NET-03): ",
				". Use the type ClusterIP behind an Ingress or a Gateway, or the type LoadBalancer. A Service with a "+
					"loadBalancerClass needs allocateLoadBalancerNodePorts: false."),
			notWorse("Addresses", "HDS-ENC-01: nodes accept traffic to every address in spec.externalIPs, which "+
				"bypasses the Load Balancer and its TLS (NET-03): ", ". Remove them and use the type LoadBalancer."),
			{expression: `size(variables.hostPorts) == 0`, message: hostPortMessage},
		},
	}
}

// hostPortPolicy warns about pod templates whose pods nodePortPolicy will refuse or warn about.
func (s Settings) hostPortPolicy() policy {
	rule := s.NodePorts
	if rule.Action == Deny {
		rule.Action = Warn
	}
	return policy{
		name: HostPorts, operations: onChange(), rule: rule, resources: workloads(),
		refusedLater: s.NodePorts.Action == Deny,
		conditions: []namedExpression{
			notDeleting(), {"not-kube-system", "request.namespace != " + celString(KubeSystem)},
		},
		variables:   []namedExpression{podSpecVariable(), {"hostPorts", hostPortsExpr("dyn(variables.pod)")}},
		validations: []validation{{expression: `size(variables.hostPorts) == 0`, message: hostPortMessage}},
	}
}
