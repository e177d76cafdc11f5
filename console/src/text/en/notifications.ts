export const notifications = {
  'notifications.title': 'Notifications',
  'notifications.bell': {
    one: 'Notifications, one new',
    other: 'Notifications, {count} new',
  },
  'notifications.none': 'You were told nothing yet.',
  'notifications.new': 'New',
  'notifications.read': 'Mark as read',
  'notifications.read_all': 'Mark all as read',
  'notifications.all': 'All notifications, and what to be told',
  'notifications.what': 'The last 90 days',
  'notifications.older': 'Older ones',
  'notifications.channels': 'How to be told',
  'notifications.channels_lead':
    'Emails go to your own address. The accounting desk is written to in any case.',
  'notifications.about': 'About',
  'notifications.in_app': 'Here',
  'notifications.email': 'Email',
  'notifications.kind.overuse': 'Over-use',
  'notifications.kind.expiry': 'Licences that expire',
  'notifications.kind.import': 'Your imports',
};
