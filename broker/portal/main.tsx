import { RouterProvider } from '@tanstack/react-router';
import { SignIn } from '../ui/sign-in.tsx';
import { start } from '../ui/start.tsx';
import { router } from './routes.tsx';

start(
  <RouterProvider router={router} />,
  <SignIn
    title="Lockkeeper vendor portal"
    audience={(person) => person.roles.includes('vendor')}
  />,
);
