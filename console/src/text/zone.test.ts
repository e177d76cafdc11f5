import { beforeEach, expect, it } from 'vitest';
import { setFormats } from './format.ts';
import { dayOf, endOfDay, startOfDay } from './zone.ts';

beforeEach(() => setFormats('en', 'Europe/Berlin'));

it('starts and ends a day in the zone of the user', () => {
  expect(startOfDay('2027-01-15')).toBe('2027-01-14T23:00:00.000Z');
  expect(endOfDay('2027-01-15')).toBe('2027-01-15T22:59:59.999Z');
});

it('knows the days that are 23 and 25 hours long', () => {
  expect(startOfDay('2027-03-28')).toBe('2027-03-27T23:00:00.000Z');
  expect(endOfDay('2027-03-28')).toBe('2027-03-28T21:59:59.999Z');
  expect(startOfDay('2027-10-31')).toBe('2027-10-30T22:00:00.000Z');
  expect(endOfDay('2027-10-31')).toBe('2027-10-31T22:59:59.999Z');
});

it('finds the day of an instant', () => {
  expect(dayOf('2027-01-14T23:30:00Z')).toBe('2027-01-15');
  for (const day of ['2027-03-28', '2027-10-31', '2027-12-31']) {
    expect([dayOf(startOfDay(day)), dayOf(endOfDay(day))]).toEqual([day, day]);
  }
});
