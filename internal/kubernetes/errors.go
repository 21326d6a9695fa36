package kubernetes

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Reason says why a request did not succeed.
type Reason string

// The reasons.
const (
	Refused      Reason = "refused"      // Nobody listens at the address.
	Unreachable  Reason = "unreachable"  // No answer, or no such name.
	Untrusted    Reason = "untrusted"    // The certificate is not that of the cluster, or has expired.
	Unauthorized Reason = "unauthorized" // 401: the API key has expired, is deleted, or is not known.
	Forbidden    Reason = "forbidden"    // 403 of RBAC.
	Denied       Reason = "denied"       // An admission policy or the object's own validation says no.
	NotFound     Reason = "not found"
	Conflict     Reason = "conflict"    // Somebody else has changed or made the object.
	Unavailable  Reason = "unavailable" // 429 or 5xx: the API server answers, and cannot do its work now.
	Foreign      Reason = "foreign"     // 401, 403, 404 and others that a proxy answers, not an API server.
	Other        Reason = "other"
)

// Error is a request to an API server that did not succeed. It never holds what was sent.
type Error struct {
	// Op is the verb, and Object what it was tried on, as in "apply" and "storageclasses srm-encrypted".
	Op, Object string
	// Server is the address of the API server.
	Server string
	Reason Reason
	// Message is what the API server or the connection said.
	Message string
	// Err is the error beneath.
	Err error

	transient bool
	status    int // of the answer; 0 where none came
	// broken says that the connection ended before an answer came.
	broken bool
	local  netip.Addr
	// advice is the client's own next step where nothing answers.
	advice string
}

// Error says all but the hint.
func (e *Error) Error() string {
	return fmt.Sprintf("unable to %s %s on the API server %s: %s", e.Op, e.Object, e.Server, e.Message)
}

// Unwrap is the error beneath.
func (e *Error) Unwrap() error { return e.Err }

// Hint is the next step.
func (e *Error) Hint() string {
	if e.advice != "" && (e.Reason == Unreachable || e.Reason == Refused) {
		return e.advice
	}
	switch e.Reason {
	case Unavailable:
		return "The API server answers, and cannot do its work now: it may be starting, being upgraded or overloaded. Try " +
			"again. If it lasts, look at the status of the cluster in the Scaleway console."
	case Foreign:
		return "The answer does not have the form of a Kubernetes API server's: a proxy, a gateway or another server has " +
			"sent it. Check `endpoint` and `host` of the provider's `kubernetes` block, and what is between this machine and " +
			"the API server."
	case Unreachable:
		return "Nobody answers at this address from here. " + allowListHint(e.local) +
			" Or reach the API server another way, with `endpoint` or `host` in the provider's `kubernetes` block."
	case Refused:
		return "Nobody listens at this address. Check `endpoint` and `host` of the provider's `kubernetes` block, and that " +
			"the cluster is ready."
	case Untrusted:
		return "The certificate is not one that the cluster's authority vouches for at this name and time. If `host` of " +
			"the provider's `kubernetes` block is a bastion, set `tls_server_name` to a name that the certificate holds. It " +
			"is never left unverified."
	case Unauthorized:
		return "The API server does not accept the provider's API key: it has expired, was deleted, or belongs to another " +
			"Organization. Use a valid key."
	case Forbidden:
		return "The IAM application or user of the provider's API key lacks a permission set on the cluster's Project: " +
			"KubernetesFullAccess, which maps to the group scaleway:cluster-write (KubernetesReadOnly suffices to look). If " +
			"it has it, the ClusterRoleBinding of that group was altered."
	case Conflict:
		return "Somebody else has changed the object meanwhile. Plan again: the plan shows the fields and who owns them."
	default:
		return ""
	}
}

// allowListHint says which address the allow-list of the API server would need, as far as this machine can tell.
func allowListHint(local netip.Addr) string {
	switch {
	case !local.IsValid() || local.IsLoopback():
		return "If the API server has an allow-list, add the public address of this machine to it (`allowed_ip_ranges` of " +
			"the cluster)."
	case local.IsPrivate() || local.IsLinkLocalUnicast():
		return fmt.Sprintf("This machine sends from %s, a private address: the allow-list (`allowed_ip_ranges` of the "+
			"cluster) needs the public address that it leaves through, which is that of its NAT or Public Gateway.", local)
	default:
		return fmt.Sprintf("The allow-list (`allowed_ip_ranges` of the cluster) would need %s/%d.", local, local.BitLen())
	}
}

// Is says whether an error is of a reason.
func Is(err error, reason Reason) bool {
	var found *Error
	return errors.As(err, &found) && found.Reason == reason
}

// IsUnreachable says whether an error means that no connection to the API server was possible. An answer, whatever it
// says, is none of these.
func IsUnreachable(err error) bool { return Is(err, Unreachable) || Is(err, Refused) }

// isUnknownAPI says whether an API server does not have the kind of object, such as one whose definition is not
// installed: it answers that in plain text.
func isUnknownAPI(err error) bool {
	var found *Error
	if !errors.As(err, &found) || found.status != http.StatusNotFound {
		return false
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return found.Reason == NotFound
	}
	return found.Reason == NotFound || slices.ContainsFunc(status.Status().Details.Causes,
		func(cause metav1.StatusCause) bool {
			return cause.Type == metav1.CauseTypeUnexpectedServerResponse && cause.Message == "404 page not found"
		})
}

// call names a request for its error.
type call struct {
	op       string
	resource schema.GroupVersionResource
	space    string
	name     string
}

// fail sorts an error. heard are the answers to this request, which may have been sent more than once; ended says
// that the time for it is up.
func (of call) fail(c *Client, err error, heard *answers, ended bool) error {
	object := of.resource.Resource
	if of.name != "" {
		object += " " + strings.TrimPrefix(of.space+"/"+of.name, "/")
	}
	failed := &Error{
		Op: of.op, Object: object, Server: c.endpoint.Server, Err: err, Message: err.Error(), advice: c.UnreachableHint,
	}
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		failed.Message, failed.status = status.Status().Message, int(status.Status().Code)
		failed.answered(err)
		return failed
	}
	failed.silent(err)
	if failed.Reason != Unreachable || !ended {
		return failed
	}
	// The time is up, which says nothing of an API server that has answered.
	switch status := heard.last(); {
	case status >= http.StatusBadRequest:
		failed.Reason, failed.Message = Unavailable, fmt.Sprintf("it answered HTTP %d until the time for the request was "+
			"up", status)
	case c.heard.last() != 0:
		failed.Reason, failed.Message = Unavailable, "the time for the request was up before it answered; it has "+
			"answered others"
	}
	return failed
}

// answered sorts what an API server said.
func (e *Error) answered(err error) {
	foreign := apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse)
	e.transient = apierrors.IsTooManyRequests(err) || apierrors.IsServerTimeout(err) || apierrors.IsInternalError(err) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsTimeout(err)
	switch {
	case e.transient || e.status >= http.StatusInternalServerError:
		e.Reason = Unavailable
	case foreign:
		e.Reason, e.Message = Foreign, fmt.Sprintf(
			"HTTP %d without the body of a Kubernetes API server: %s", e.status, e.Message,
		)
	case apierrors.IsNotFound(err):
		e.Reason = NotFound
	case apierrors.IsUnauthorized(err):
		e.Reason = Unauthorized
	case apierrors.IsForbidden(err) && strings.Contains(e.Message, "ValidatingAdmissionPolicy"), apierrors.IsInvalid(err):
		e.Reason = Denied
	case apierrors.IsForbidden(err):
		e.Reason = Forbidden
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		e.Reason = Conflict
	default:
		e.Reason = Other
	}
}

// silent sorts why no answer came.
func (e *Error) silent(err error) {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		e.Message = wrapped.Err.Error()
	}
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var network net.Error
	var lookup *net.DNSError
	var foreign *foreignAnswerError
	switch {
	case errors.As(err, &foreign):
		e.Reason, e.status = Foreign, foreign.status
	case errors.As(err, &authority), errors.As(err, &name), errors.As(err, &invalid):
		e.Reason = Untrusted
	case errors.Is(err, context.Canceled):
		e.Reason = Other
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Reason = Refused
	case errors.As(err, &lookup), errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		e.Reason, e.local = Unreachable, localAddress(e.Server)
	default:
		e.Reason, e.transient, e.broken = Other, true, true
	}
}

// localAddress is the address that this machine would send from; nothing is sent to find it out.
func localAddress(server string) netip.Addr {
	address, err := url.Parse(server)
	if err != nil {
		return netip.Addr{}
	}
	target, err := netip.ParseAddrPort(address.Host)
	if err != nil {
		return netip.Addr{} // a name: which address it has is not asked again
	}
	connection, err := net.DialUDP(
		"udp", nil, net.UDPAddrFromAddrPort(target),
	) //nolint:noctx // a UDP socket connects without a packet
	if err != nil {
		return netip.Addr{}
	}
	defer func() { _ = connection.Close() }()
	local, ok := connection.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}
	}
	return local.AddrPort().Addr().Unmap()
}
