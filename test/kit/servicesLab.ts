import type { FakeGlance } from './fakeGlance';
import { FakeServices } from './fakeServices';
import { lab } from './storeLab';
import type { TestUndercloud } from './undercloud';

/** As `lab`, with Nova, Neutron and Cinder at the control plane beside Glance. */
export const labWithServices = (
  work: (here: TestUndercloud, glance: FakeGlance, services: FakeServices) => Promise<void>,
): (() => Promise<void>) =>
  lab(async (here, glance) => {
    const services = new FakeServices();
    await services.open();
    glance.services = services.catalog;
    try {
      await work(here, glance, services);
    } finally {
      await services.close();
    }
  });
