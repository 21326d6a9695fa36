package sandbox

import (
	"crypto/rand"
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// routeMFA registers the second factors of users [INFERRED iam-user-access].
func (s *Server) routeMFA(base string) {
	const one = "/users/{id}"
	s.routeLogged("POST "+base+one+"/mfa-otp", areaIAMUser, withObject(s.findUser, s.createOTP))
	s.routeLogged("POST "+base+one+"/validate-mfa-otp", areaIAMUser, withObject(s.findUser, s.validateOTP))
	s.routeLogged("DELETE "+base+one+"/mfa-otp", areaIAMUser, withObject(s.findUser, s.deleteOTP))
	s.route("GET "+base+one+"/webauthn-authenticators", areaIAMUser,
		withObject(s.findUser, func(*call, *user) (any, error) {
			return map[string]any{"authenticators": []any{}, "total_count": 0}, nil
		}))
}

// createOTP returns a new shared secret. MFA is enabled once a password is validated.
func (s *Server) createOTP(*call, *user) (any, error) { return iam.MFAOTP{Secret: rand.Text()}, nil }

// validateOTP enables MFA. The sandbox accepts every password of six digits.
func (s *Server) validateOTP(c *call, u *user) (any, error) {
	var req iam.ValidateUserMFAOTPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if len(req.OneTimePassword) != 6 {
		return nil, errInvalid("one_time_password", "constraint", "must have six digits")
	}
	s.setMFA(u, true)
	codes := make([]string, 10)
	for i := range codes {
		codes[i] = fmt.Sprintf("%s-%s", rand.Text()[:5], rand.Text()[:5])
	}
	return iam.ValidateUserMFAOTPResponse{RecoveryCodes: codes}, nil
}

func (s *Server) deleteOTP(_ *call, u *user) (any, error) {
	s.setMFA(u, false)
	return noContent{}, nil
}

func (s *Server) setMFA(u *user, enabled bool) {
	u.Mfa, u.TwoFactorEnabled, u.UpdatedAt = enabled, enabled, s.timestamp()
}
