package haproxy

import "testing"

// TestWithoutSecrets holds that what is listed of a configuration has no password.
func TestWithoutSecrets(t *testing.T) {
	for line, want := range map[string]string{
		`stats auth admin:hunter2`:                                  `stats auth admin:…`,
		`user admin insecure-password hunter2 groups ops`:           `user admin insecure-password … groups ops`,
		`user admin password $6$k6y3o.eP groups ops`:                `user admin password … groups ops`,
		`tcp-check send AUTH\ hunter2\r\n`:                          `tcp-check send AUTH\ …\r\n`,
		`tcp-check send "AUTH hunter2\r\n"`:                         `tcp-check send "AUTH …\r\n"`,
		`http-check send hdr Authorization "Bearer hunter2"`:        `http-check send hdr Authorization "Bearer …"`,
		`http-check send hdr authorization hunter2`:                 `http-check send hdr authorization …`,
		`option httpchk GET / HTTP/1.1\r\nAuthorization:\ Basic\ x`: `option httpchk GET / HTTP/1.1\r\nAuthorization:\ Basic\ …`,
		`http-request auth realm Operators`:                         `http-request auth realm Operators`,
		`stats uri /haproxy?stats`:                                  `stats uri /haproxy?stats`,
	} {
		if got := withoutSecrets(line); got != want {
			t.Errorf("%s becomes %s, want %s", line, got, want)
		}
	}
}
