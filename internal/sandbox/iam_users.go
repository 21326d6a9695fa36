package sandbox

import (
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// UserID is the user who owns the sandbox's Organization and bears the administrator's API key.
const UserID = "66666666-6666-6666-6666-666666666666"

// rootUserID is the account root user of the owner. Members have none.
const rootUserID = "66666666-6666-6666-6666-66666666aaaa"

// userTypeGuest is the recorded type of a user who was invited by e-mail. The SDK has no constant for it.
const userTypeGuest = iam.UserType("guest")

// user is a human identity of the Organization.
type user struct {
	iam.User

	Srn              string         `json:"srn,omitempty"` // not in recordings
	TwoFactorEnabled bool           `json:"two_factor_enabled"`
	Status           iam.UserStatus `json:"status"`
}

func (s *Server) routeUsers(base string) {
	const one = "/users/{id}"
	s.route("GET "+base+"/users", areaIAMUser, s.listUsers)
	s.routeLogged("POST "+base+"/users", areaIAMUser, s.createUser)
	s.route("GET "+base+one, areaIAMUser, withObject(s.findUser, show[user]))
	s.routeLogged("PATCH "+base+one, areaIAMUser, withObject(s.findUser, s.updateUser))
	s.routeLogged("DELETE "+base+one, areaIAMUser, withObject(s.findUser, s.deleteUser))
	s.routeLogged("POST "+base+one+"/update-username", areaIAMUser, withObject(s.findUser, s.updateUsername))
	s.routeLogged("POST "+base+one+"/update-password", areaIAMUser, withObject(s.findUser, s.updatePassword))
	s.routeLogged("POST "+base+one+"/lock", areaIAMUser, withObject(s.findUser, s.setLocked(true)))
	s.routeLogged("POST "+base+one+"/unlock", areaIAMUser, withObject(s.findUser, s.setLocked(false)))
	s.routeMFA(base)
	s.route("GET "+base+one+"/connections", areaIAMUser, withObject(s.findUser, func(*call, *user) (any, error) {
		return map[string]any{"connections": []any{}}, nil // [INFERRED iam-user-access]
	}))
	s.route("GET "+base+"/grace-periods", areaIAMUser, s.listGracePeriods)
}

func (s *Server) listUsers(c *call) (any, error) {
	f := c.filters()
	found := s.users.list(func(u *user) bool {
		return f.matches("organization_id", u.OrganizationID) && f.matches("user_ids", u.ID) &&
			f.matchesBool("mfa", u.Mfa) && f.containsAny("tag", u.Tags) && f.matchesKind("type", string(u.Type))
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[user]{
		"created_at": byTime(func(u *user) *time.Time { return u.CreatedAt }),
		"updated_at": byTime(func(u *user) *time.Time { return u.UpdatedAt }),
		"last_login": byTime(func(u *user) *time.Time { return u.LastLoginAt }),
		"email":      byText(func(u *user) string { return u.Email }),
		"username":   byText(func(u *user) string { return u.Username }),
	}))
	return map[string]any{"users": page, "total_count": total}, nil
}

// createUser creates a member, or invites a guest by e-mail. Member names are unique to an Organization according to
// the SDK. The sandbox does not check that: recordings, whose names are replaced by one placeholder, have duplicates.
func (s *Server) createUser(c *call) (any, error) {
	var req iam.CreateUserRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if (req.Member == nil) == (req.Email == nil) {
		return nil, errInvalid("member", "constraint", "exactly one of member and email is required")
	}
	u := s.newUser(uuid.NewString(), iam.UserTypeMember)
	u.Tags = nonNilTags(req.Tags)
	if req.Email != nil {
		u.Email, u.Username, u.Type, u.Locale = *req.Email, *req.Email, userTypeGuest, ""
		u.Status = iam.UserStatusInvitationPending
		return u, nil
	}
	member := req.Member
	u.Email, u.Username = member.Email, cmp.Or(member.Username, member.Email)
	u.FirstName, u.LastName, u.PhoneNumber = member.FirstName, member.LastName, member.PhoneNumber
	u.Locale = cmp.Or(member.Locale, u.Locale)
	return u, nil
}

func (s *Server) newUser(id string, kind iam.UserType) *user {
	now := s.timestamp()
	u := &user{Status: iam.UserStatusActivated, User: iam.User{
		ID: id, Type: kind, OrganizationID: OrganizationID, CreatedAt: now, UpdatedAt: now, Locale: "en_US",
		Deletable: kind != iam.UserTypeOwner, Tags: []string{},
	}}
	s.users.put(u.ID, u)
	return u
}

func (s *Server) findUser(c *call) (*user, error) {
	id := c.PathValue("id")
	u, ok := s.users.get(id)
	if !ok {
		return nil, errNotFound("user", id)
	}
	return u, nil
}

// updateUser returns the previous date of the last update, as recorded.
func (s *Server) updateUser(c *call, u *user) (any, error) {
	var req iam.UpdateUserRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&u.Email, req.Email)
	setIfPresent(&u.FirstName, req.FirstName)
	setIfPresent(&u.LastName, req.LastName)
	setIfPresent(&u.PhoneNumber, req.PhoneNumber)
	setIfPresent(&u.Locale, req.Locale)
	if req.Tags != nil {
		u.Tags = nonNilTags(*req.Tags)
	}
	answer := *u
	u.UpdatedAt = s.timestamp()
	return &answer, nil
}

func (s *Server) updateUsername(c *call, u *user) (any, error) {
	var req iam.UpdateUserUsernameRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Username == "" {
		return nil, errInvalid("username", "required", "")
	}
	u.Username, u.UpdatedAt = req.Username, s.timestamp()
	return u, nil
}

// updatePassword accepts a password without keeping it: the sandbox has no login.
func (s *Server) updatePassword(c *call, u *user) (any, error) {
	var req iam.UpdateUserPasswordRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Password == "" {
		return nil, errInvalid("password", "required", "")
	}
	u.UpdatedAt = s.timestamp()
	return u, nil
}

// setLocked locks or unlocks a member [INFERRED iam-user-access].
func (s *Server) setLocked(locked bool) func(*call, *user) (any, error) {
	return func(_ *call, u *user) (any, error) {
		if u.Type == iam.UserTypeOwner {
			return nil, errPrecondition("unknown_precondition", "the owner of an Organization cannot be locked")
		}
		u.Locked, u.UpdatedAt = locked, s.timestamp()
		return u, nil
	}
}

// deleteUser deletes a user with their API keys and memberships.
func (s *Server) deleteUser(_ *call, u *user) (any, error) {
	if !u.Deletable {
		return nil, errPrecondition("unknown_precondition", "the owner of an Organization cannot be deleted")
	}
	for _, key := range s.keysOf(u.ID) {
		s.apiKeys.remove(key.AccessKey)
	}
	for _, g := range s.groups.list(nil) {
		g.UserIDs = without(g.UserIDs, u.ID)
	}
	s.detachPolicies(u.ID)
	s.users.remove(u.ID)
	return noContent{}, nil
}

// listGracePeriods returns the grace periods of the caller or of a user. The sandbox enforces neither a new password
// nor MFA, so it has none [INFERRED iam-user-access].
func (s *Server) listGracePeriods(c *call) (any, error) {
	if id := c.URL.Query().Get("user_id"); id != "" && !s.users.has(id) {
		return nil, errNotFound("user", id)
	}
	return map[string]any{"grace_periods": []any{}}, nil
}
