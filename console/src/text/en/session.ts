export const session = {
  'login.title': 'Log in',
  'login.lead': 'Customer administration for providers and resellers.',
  'login.email': 'Email',
  'login.password': 'Password',
  'login.submit': 'Log in',
  'login.failed':
    'The email or the password is wrong. After ten wrong ones the account is locked for 15 minutes.',
  'login.slow': 'Too many tries. Wait {seconds} seconds and try again.',
  'password.title': 'Choose a new password',
  'password.forced': 'Your password was set by somebody else. Choose your own to continue.',
  'password.current': 'Current password',
  'password.new': 'New password',
  'password.repeat': 'Repeat the new password',
  'password.hint': '12 to 128 characters. A sentence is easier to remember than a puzzle.',
  'password.differs': 'The two passwords differ.',
  'password.submit': 'Change password',
  'password.changed': 'Password changed. Every other session was ended.',
};
