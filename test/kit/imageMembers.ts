import { Refusal } from './imageFields';

interface SharedImage {
  properties: { id: string; visibility?: unknown };
  members: Set<string>;
}

/**
 * Answers requests for the members of an image (glance api/v2/image_members.py): only a shared image has members, though Glance keeps
 * those of an image that is not shared any more.
 */
export function answerMembers(
  { properties: { id, visibility }, members }: SharedImage,
  method: string,
  member: string,
): [number, object?] {
  if (visibility !== 'shared') {
    throw new Refusal(403, 'Only shared images have members.');
  }
  const shown = (one: string): object => ({ image_id: id, member_id: one, status: 'pending' });
  if (method === 'GET') {
    return [200, { members: [...members].map(shown) }];
  }
  if (method === 'DELETE') {
    if (!members.delete(member)) {
      throw new Refusal(404, `${member} not found in the member list of the image ${id}.`);
    }
    return [204];
  }
  if (members.has(member)) {
    throw new Refusal(409, `Member ${member} is duplicated for image ${id}`);
  }
  members.add(member);
  return [200, shown(member)];
}
